"""What the components fetch, beside Streamlit's own routes: assets, models, maps, metrics, real images.

All but one, which receives pictures (`incoming`), are reads. A run is reached by its id alone, which for a user's run
is 128 random bits: whoever holds the id may read, nobody can guess it. Binary answers are marked
`Content-Encoding: identity`, which keeps Streamlit's gzip away from weights that would not shrink; a map's points,
which are streamed, come compressed by us.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypedDict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from pages.ui.server import (
    artifacts,
    assets,
    bundle,
    images,
    incoming,
    map_fits,
    map_points,
    run_health,
    run_previews,
    urls,
    visible_runs,
)
from vae_core import runs
from vae_core.errors import DataRefused, LatentStudioError, RunError

FOREVER = "public, max-age=31536000, immutable"
# A finished run never changes, but its address holds no digest: let the browser ask again after a minute.
A_MINUTE = "private, max-age=60"
MOST_DIGITS = 16
Handler = Callable[[Request], Response]
Model = Callable[[runs.Run, int, int | None], bytes]


def answering(handler: Handler) -> Handler:
    """Turn an error of ours into 404 with its sentence as JSON, so that a component can show it; tell the time it took.

    The time stands in `Server-Timing` in ms, where the browser's network panel shows it.
    """

    def answer(request: Request) -> Response:
        started = time.perf_counter()
        try:
            response = handler(request)
        except LatentStudioError as error:
            why = visible_runs.why_away(request.path_params["run_id"], error)
            response = JSONResponse({"error": why}, status_code=404, headers={"Cache-Control": "no-store"})
        response.headers["Server-Timing"] = f"handler;dur={1000 * (time.perf_counter() - started):.2f}"
        return response

    answer.__name__ = handler.__name__
    return answer


def binary(data: bytes, cache: str = A_MINUTE) -> Response:
    """Bytes as they are."""
    headers = {"Cache-Control": cache, "Content-Encoding": "identity", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/octet-stream", headers=headers)


def streamed(request: Request, pieces: Iterable[bytes], cache: str = A_MINUTE) -> Response:
    """A points file that comes piece by piece: as it was compressed, for whoever can unpack that."""
    headers = {"Cache-Control": cache, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    headers["Content-Encoding"] = "gzip" if _takes_gzip(request) else "identity"
    parts = pieces if _takes_gzip(request) else map_points.decompressed(pieces)
    return StreamingResponse(parts, media_type="application/octet-stream", headers=headers)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def fresh(value: Mapping[str, Any]) -> JSONResponse:
    """JSON that is different every time it is asked for."""
    return JSONResponse(value, headers={"Cache-Control": "no-store"})


def _run(request: Request) -> runs.Run:
    return runs.open_run(request.path_params["run_id"])


def _number(request: Request, name: str) -> int | None:
    """A whole number from the address, None if there is none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS else None


class InLine(TypedDict):
    """What is told of a run besides its status."""

    place: int | None
    """0 while it trains, 1 and up in line, null elsewhere."""


def run_status(run: runs.Run) -> dict[str, Any]:
    """A run's status and its place in line."""
    in_line: InLine = {"place": visible_runs.manager().queue_position(run.id)}
    return {**asdict(visible_runs.status(run)), **in_line}


def status(request: Request) -> Response:
    """How far a run has got."""
    return fresh(run_status(_run(request)))


def metrics(request: Request) -> Response:
    """The rows written since byte `offset` of a run's metrics, and the offset to ask for next.

    A run that was taken back to a checkpoint has a shorter file: for an offset beyond its end the answer holds all rows
    from the first, and says so by `reset`.
    """
    run = _run(request)
    # The status first: a row that arrives in between is then read twice as "not final yet", never missed.
    now = run_status(run)
    asked = _number(request, "offset") or 0
    rows, following = run.metrics(asked)
    if following >= asked:
        return fresh({"rows": rows, "offset": following, "status": now})
    rows, following = run.metrics()
    return fresh({"rows": rows, "offset": following, "status": now, "reset": True})


def verdict(request: Request) -> Response:
    """How healthy a run is, by what its metrics show so far."""
    run = _run(request)
    return fresh(run_health.verdict_json(run, visible_runs.status(run)))


def decoder(request: Request) -> Response:
    """A decoder at one step, as an ONNX file; of a finished conditional model that for the class `label`."""
    return _model_at_step(request, artifacts.decoder, artifacts.past_decoder)


def encoder(request: Request) -> Response:
    """An encoder at one step, as an ONNX file; that of a finished conditional model is told the class `label`."""
    return _model_at_step(request, artifacts.encoder, artifacts.past_encoder)


def _model_at_step(request: Request, present: Model, past: Model) -> Response:
    """What a run has of a step now, or what it keeps of it since the end of an epoch."""
    run, label = _run(request), _number(request, "label")

    def read(step: int) -> bytes:
        epoch = None if run.is_complete and step == run.step else artifacts.epoch_at(run, step)
        return present(run, step, label) if epoch is None else past(run, epoch, label)

    return _at_step(request, lambda step, cache: binary(read(step), cache), run)


def embedding(request: Request) -> Response:
    """Posterior means, their labels and image numbers at one step, as safetensors; of very many images some."""
    run = _run(request)
    if request.query_params.get("split") == "all":
        return binary(artifacts.bounded(artifacts.whole_embedding(run), run))
    return _at_step(request, lambda step, cache: binary(artifacts.bounded(run.embedding_bytes(step), run), cache), run)


def points(request: Request) -> Response:
    """Where all points of a map lie on a plane at one step, with labels and image numbers, as a points file."""
    run = _run(request)
    dims = _dims(request, run)
    if request.query_params.get("split") == "all":
        return streamed(request, artifacts.whole_points(run, dims))
    return _at_step(request, lambda step, cache: streamed(request, artifacts.points(run, step, dims), cache), run)


def _dims(request: Request, run: runs.Run) -> map_points.Dims:
    """What plane the address asks for. Raises ConfigInvalid."""
    asked = request.query_params
    return map_points.parse_dims(asked.get("plane", ""), asked.get("dims", ""), run.config.latent_dim)


def _at_step(request: Request, answer: Callable[[int, str], Response], run: runs.Run) -> Response:
    """What a run has of a step; what it has now, if that went between the browser's reading of its number and this.

    It goes when four newer ones are there, and when the run ends or goes on. answer: for a step, with how it is kept.
    """
    step = request.path_params["step"]
    try:
        return answer(step, A_MINUTE)
    except RunError:
        status = run.status()
        newest = status.step if run.is_complete else status.live_step
        if newest is None or newest <= step:
            raise
        return answer(newest, "no-store")


def embedded_images(request: Request) -> Response:
    """The real images behind a run's embedding, row by row: uint8 (N, C, H, W), nothing else."""
    return binary(images.embedded_images(_run(request)))


def pictures(request: Request) -> Response:
    """The real images of the numbers `numbers` in `split`, as a map's index has them: uint8 (n, C, H, W)."""
    asked = request.query_params
    return binary(images.thumbnails(_run(request), asked.get("numbers", ""), asked.get("split", "held-out")))


def column_list(request: Request) -> Response:
    """What a data set knows of each image besides its class."""
    return fresh({"columns": images.column_list(_run(request))})


def column(request: Request) -> Response:
    """What is known of each image of `split` under `name`, in the split's own order, as a column file."""
    asked = request.query_params
    split: urls.Split = "all" if asked.get("split") == "all" else "held-out"
    return binary(images.column_file(_run(request), asked.get("name", ""), split))


def snapshot_list(request: Request) -> Response:
    """The epochs that a run can be looked back on, each with its step."""
    return fresh({"snapshots": artifacts.snapshots(_run(request))})


def snapshot_decoder(request: Request) -> Response:
    """A decoder after an epoch, as an ONNX file; of a conditional model that for the class `label`."""
    return binary(artifacts.past_decoder(_run(request), request.path_params["epoch"], _number(request, "label")))


def snapshot_encoder(request: Request) -> Response:
    """An encoder after an epoch, as an ONNX file; that of a conditional model is told the class `label`."""
    return binary(artifacts.past_encoder(_run(request), request.path_params["epoch"], _number(request, "label")))


def snapshot_embedding(request: Request) -> Response:
    """The map after an epoch, as safetensors; of very many images some."""
    run = _run(request)
    return binary(artifacts.bounded(artifacts.past_embedding(run, request.path_params["epoch"]), run))


def snapshot_points(request: Request) -> Response:
    """`points` after an epoch."""
    run = _run(request)
    return streamed(request, artifacts.past_points(run, request.path_params["epoch"], _dims(request, run)))


def lattice(request: Request) -> Response:
    """What a trained decoder makes of a lattice of places, as a PNG; whoever asks first waits until it is made."""
    headers = {"Cache-Control": A_MINUTE, "X-Content-Type-Options": "nosniff", "Content-Encoding": "identity"}
    return Response(run_previews.lattice(_run(request)), media_type="image/png", headers=headers)


def tsne(request: Request) -> Response:
    """A run's map of more than two dimensions laid out in the plane, as it is so far; or word that it is computed."""
    layout = map_fits.layout(_run(request))
    if layout is None:
        return fresh({"state": "computing"})
    return binary(layout.file) if layout.is_final else binary(layout.file, "no-store")


def mixture(request: Request) -> Response:
    """The mixture of `components` Gaussians fitted to a run's map, or word that it is fitted now: ask again then."""
    found = map_fits.mixture(_run(request), _number(request, "components") or 0)
    return fresh({"state": "computing"} if found is None else found)


def asset(request: Request) -> Response:
    """One of the browser's own files, compressed once and kept by the browser for good.

    A page that was opened before the server was updated asks for files of the earlier version. It gets none, and is
    told so: new modules beside old ones would be a mixture that nobody has tried, kept under the wrong address.
    """
    name = request.path_params["name"]
    path = bundle.locate(name.removeprefix("app/")) if name.startswith("app/") else assets.locate(name)
    if request.path_params["version"] != assets.version():
        return _no_file("this page is of another version of the app than the server; reload it")
    if path is None:
        return _no_file("this file is not installed; run `make runtime` and reload")
    if not assets.is_unchanged(path):
        return _no_file("the app's files have changed since the server started; start it again and reload")
    cache = FOREVER if assets.is_lasting(path) else "no-store"
    headers = {"Cache-Control": cache, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if not _takes_gzip(request):
        headers["Content-Encoding"] = "identity"
        return Response(path.read_bytes(), media_type=assets.MEDIA_TYPES[path.suffix], headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(assets.compressed(path), media_type=assets.MEDIA_TYPES[path.suffix], headers=headers)


def _no_file(error: str) -> Response:
    return JSONResponse({"error": error}, status_code=404, headers={"Cache-Control": "no-store"})


async def incoming_file(request: Request) -> Response:
    """Receives what somebody has dropped on the page, a file or a folder as one .tar, and answers its id.

    A page of another site cannot send it: browsers ask before a PUT, and nobody answers.
    """
    headers = {"Cache-Control": "no-store"}
    try:
        identity = await incoming.receive(request.query_params.get("name", ""), request.stream())
    except DataRefused as error:
        return JSONResponse({"error": f"{error}."}, status_code=413, headers=headers)
    except OSError as error:
        sentence = f"The server could not keep what was sent ({error.strerror}); make room on its disk and try again."
        return JSONResponse({"error": sentence}, status_code=507, headers=headers)
    return JSONResponse({"id": identity}, headers=headers)


HANDLERS: dict[str, Handler] = {
    "status": status,
    "metrics": metrics,
    "verdict": verdict,
    "decoder": decoder,
    "encoder": encoder,
    "embedding": embedding,
    "points": points,
    "images": embedded_images,
    "thumbnails": pictures,
    "columns": column_list,
    "column": column,
    "snapshots": snapshot_list,
    "snapshot_decoder": snapshot_decoder,
    "snapshot_encoder": snapshot_encoder,
    "snapshot_embedding": snapshot_embedding,
    "snapshot_points": snapshot_points,
    "lattice": lattice,
    "layout": tsne,
    "mixture": mixture,
}
"""Who answers at each of `urls.RUN_ROUTES`."""


def routes() -> list[Mount]:
    """Everything that is mounted beside Streamlit."""
    of_runs = [
        Route(f"/runs/{{run_id}}/{route.path}", answering(HANDLERS[name])) for name, route in urls.RUN_ROUTES.items()
    ]
    others = [Route("/assets/{version}/{name:path}", asset), Route("/incoming", incoming_file, methods=["PUT"])]
    return [Mount(f"{urls.base_path()}/studio", routes=[*others, *of_runs])]
