"""`make contract`: writes pages/ui/browser/lib/contract.mjs anew."""

from __future__ import annotations

from pages.ui.contract import contents

if __name__ == "__main__":
    contents.FILE.write_text(contents.text(), encoding="utf-8")
