"""The addresses of the review page."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask, Response, abort, jsonify, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.severity import SEVERITIES
from crack_scanner.report.colours import css_colours
from crack_scanner.report.crack_map_sheet import crack_map_legend, crack_map_sheet, crack_map_svg
from crack_scanner.report.profile_drawing import profile_svg
from crack_scanner.report.report import report_html, report_policy
from crack_scanner.report.statements import NO_SCALE
from crack_scanner.review.desk import SessionReview
from crack_scanner.review.guard import Guard

TEMPLATES = Path(__file__).parent / "templates"
# What the map shows above the surface, pixels of its drawing.
_ABOVE_MAP = 16.0
# A verdict with a line of 500 points has 20 kB.
_LARGEST_REQUEST = 200_000


def review_app(review: SessionReview, guard: Guard, reviewer: str) -> Flask:
    """The page of one session. reviewer: the name that stands there at first."""
    app = Flask(__name__, template_folder=str(TEMPLATES), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_REQUEST
    guard.protect(app)
    _add_pages(app, review, guard, reviewer)
    _add_findings(app, review)
    _add_pictures(app, review)
    app.register_error_handler(CrackScannerError, lambda error: (jsonify(error=str(error)), 422))
    app.register_error_handler(HTTPException, _refusal)
    return app


def _add_pages(app: Flask, review: SessionReview, guard: Guard, reviewer: str) -> None:
    @app.get("/")
    def page() -> str:
        # As it was scanned: the page itself draws what people have said of it.
        record = replace(review.record, verdicts=())
        sheet = crack_map_sheet(record)
        corners = np.array([[0.0, 0.0], [0.0, sheet.height]])
        (left, bottom), (_, top) = sheet.pixels(corners).tolist()
        interrupted = "This scan was interrupted: what it had not confirmed until then is not listed."
        warnings = [] if record.progress.complete else [interrupted]
        warnings += [] if record.info.scale_known else [f"Lengths and widths: {NO_SCALE}."]
        return render_template(
            "review.html",
            title=record.info.structure or record.info.name,
            key=guard.key,
            reviewer=reviewer,
            findings=len(record.cracks),
            notice=" ".join(warnings),
            severities=SEVERITIES,
            # Made by SvgCanvas, which escapes what it is given.
            map=Markup(crack_map_svg(record, with_legend=False)),
            legend=crack_map_legend(record),
            sheet={"left": left, "bottom": bottom, "top": top - _ABOVE_MAP, "scale": sheet.scale},
        )

    @app.get("/review.js")
    def script() -> Response:
        return Response((TEMPLATES / "review.js").read_bytes(), mimetype="text/javascript")

    @app.get("/review.css")
    def style() -> Response:
        return Response(css_colours() + (TEMPLATES / "review.css").read_text("utf-8"), mimetype="text/css")

    @app.get("/report")
    def report() -> Response:
        photos = {
            crack.id: photo for crack in review.record.cracks if (photo := review.photo(crack.id)) is not None
        }
        html = report_html(replace(review.now(), photos=photos))
        return Response(html, headers={"Content-Security-Policy": report_policy()})


def _add_findings(app: Flask, review: SessionReview) -> None:
    @app.get("/findings")
    def findings() -> Response:
        return jsonify(findings=review.rows())

    @app.get("/findings/<name>")
    def finding(name: str) -> Response:
        detail = review.detail(name)
        if detail is None:
            abort(404, f"there is no finding {name[:20]!r}: load the page again")
        return jsonify(detail)

    @app.post("/verdicts")
    def give() -> Response:
        said = request.get_json()
        if not isinstance(said, dict):
            abort(400, "this is no verdict: load the page again")
        name, row = review.give(said, time.time_ns())
        return jsonify(name=name, finding=row)


def _add_pictures(app: Flask, review: SessionReview) -> None:
    @app.get("/photos/<int:number>/<any('context', 'close_up'):part>.jpg")
    def photo(number: int, part: str) -> Response:
        kept = review.photo(number)
        content = b"" if kept is None else (kept.context if part == "context" else kept.close_up)
        if not content:
            abort(404, f"there is no photo of crack {number}")
        return Response(content, mimetype="image/jpeg")

    @app.get("/photos/<int:number>/profile.svg")
    def profile(number: int) -> Response:
        kept = review.photo(number)
        crack = next((crack for crack in review.record.cracks if crack.id == number), None)
        if crack is None or kept is None or kept.layout is None or kept.layout.profile is None:
            abort(404, f"nothing was measured across crack {number}")
        return Response(profile_svg(crack, kept.layout.profile), mimetype="image/svg+xml")


def _refusal(error: HTTPException) -> tuple[Any, int]:
    """What a browser is told: JSON for the page's own questions, else a line of text."""
    text = error.description or error.name
    code = error.code or 500
    if request.method == "POST" or request.path.startswith("/findings"):
        return jsonify(error=text), code
    return Response(f"{text}\n", mimetype="text/plain"), code
