"""Parts of the page Apply: a use's form, the process that carries it out, and how its result is shown."""
