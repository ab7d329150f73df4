"""Imports as the page shows them: words, samples, what can be chosen and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from callbacks.import_fields import field_rows, fixed_values, guess_of, word
from dashboard.domain.model import Level
from dashboard.import_choices import COLUMN, CREATES, Choices, read_choices
from dashboard.import_files import columns_for
from dashboard.ingest.mapping import FIELDS
from data_access.queries.import_jobs import ImportJob, ImportState, progress_stamp
from layouts import formats
from layouts.context import PageContext
from layouts.import_page import HistoryRow
from layouts.import_report import FaultRow, ReportView, verdict
from layouts.import_views import JobView, PreviewView

GLYPHS = {
    ImportState.UPLOADED: "off",
    ImportState.QUEUED: "off",
    ImportState.RUNNING: "off",
    ImportState.DONE: "ok",
    ImportState.REFUSED: "bad",
    ImportState.FAILED: "bad",
    ImportState.CANCELLED: "off",
}
FIGURES = ("rows_read", "landed", "updated", "unchanged", "rejected")
ORDER = (
    *("regions", "categories", "departments", "workers", "shifts"),
    *("events", "feedback", "positions", "stats", "overlays"),
)
SHOWN_COLUMNS = 30


def kinds(context: PageContext) -> list[tuple[str, str]]:
    """Kinds of import in the order in which a district brings them."""
    known = [kind for kind in ORDER if kind in FIELDS] + [kind for kind in FIELDS if kind not in ORDER]
    return [(kind, word(context, f"import_kind.{kind}", kind)) for kind in known]


def row_view(context: PageContext, job: ImportJob, zone: ZoneInfo, chosen: int | None) -> HistoryRow:
    """An import on the list."""
    report = job.report or {}
    note = ""
    if job.state is ImportState.DONE and "landed" in report:
        note = context.t(
            "import.note", good=f"{_good(report):,}", rejected=f"{int(report.get('rejected') or 0):,}"
        )
    return HistoryRow(
        id=job.id,
        name=job.file_name,
        kind=word(context, f"import_kind.{job.kind}", job.kind),
        state=state_name(context, job),
        glyph=_glyph(job),
        note=note,
        when=formats.moment(job.created_at, zone),
        chosen=job.id == chosen,
    )


def state_name(context: PageContext, job: ImportJob) -> str:
    """Where an import stands, in words."""
    if job.cancelling and job.busy:
        return context.t("import_state.cancelling")
    if job.state in (ImportState.RUNNING, ImportState.DONE):
        return context.t(f"import_state.{job.state}_{'check' if job.checking else 'import'}")
    return context.t(f"import_state.{job.state}")


def job_view(
    context: PageContext, job: ImportJob, zone: ZoneInfo, *, said: str, choices: Choices | None
) -> JobView:
    """One import. `said`: why something asked for could not be done; `choices`: those of the page, not kept yet."""
    chosen = choices or read_choices({**job.options, "kind": job.options.get("kind") or job.kind}, job.kind)
    kind = job.kind if job.busy or job.landed else chosen.kind
    preview = job.preview if job.previewed else None
    readable = preview is not None and "columns" in preview
    lang = str(context.lang)
    broken = (job.report or {}).get("error") or (preview or {}).get("error") or {}
    guess = guess_of(kind, preview) if preview is not None and readable else None
    options = chosen.as_json()
    if chosen.fields is None and guess is not None:
        options["formats"] = " | ".join(guess.formats)
    settled = readable and not job.moving and not job.landed
    checked = job.state is ImportState.DONE and job.checking and choices is None
    return JobView(
        id=job.id,
        name=job.file_name,
        about=about(context, job),
        kind=kind,
        kinds=kinds(context),
        state=str(job.state),
        state_name=state_name(context, job),
        glyph=_glyph(job),
        stamp=progress_stamp(job.state, job.checking, job.previewed, job.cancelling),
        moving=job.moving,
        cancelling=job.cancelling,
        landed=job.landed,
        message=said or str(broken.get(lang, "")),
        preview=_preview(context, kind, preview) if preview is not None and readable else None,
        fields=field_rows(context, guess, preview, chosen)
        if guess is not None and preview is not None
        else (),
        columns=[(COLUMN + name, name) for name in columns_for(kind, preview or {})],
        fixed=fixed_values(context, kind),
        options=options,
        levels=[(level, context.t(f"region.level_{level}")) for level in Level],
        can_create=kind in CREATES,
        has_mapping=bool(job.mapping),
        can_check=settled,
        can_import=settled and checked,
        report=_report(context, job, zone) if "landed" in (job.report or {}) and not job.busy else None,
    )


def about(context: PageContext, job: ImportJob) -> str:
    """Size and rows of a file."""
    size = context.t("import.size_mb", n=f"{job.size_bytes / 1e6:,.1f}")
    if job.size_bytes < 100_000:
        size = context.t("import.size_kb", n=f"{max(1, round(job.size_bytes / 1000)):,}")
    total = (job.preview or {}).get("total")
    return size if total is None else f"{size} · {context.t('import.n_rows', n=f'{total:,}')}"


def _glyph(job: ImportJob) -> str:
    rejected = job.state is ImportState.DONE and (job.report or {}).get("rejected")
    return "warn" if rejected else GLYPHS[job.state]


def _good(report: Mapping[str, Any]) -> int:
    return sum(int(report.get(key) or 0) for key in ("landed", "updated", "unchanged"))


def _preview(context: PageContext, kind: str, preview: Mapping[str, Any]) -> PreviewView:
    columns = columns_for(kind, preview)[:SHOWN_COLUMNS]
    notes = [context.t("import.first_rows", n=len(preview["rows"]))]
    if preview.get("crs"):
        notes.append(str(preview["crs"]))
    if preview.get("shapes"):
        notes.append(
            "、".join(preview["shapes"]) if str(context.lang) == "zh" else ", ".join(preview["shapes"])
        )
    return PreviewView(
        columns=columns,
        rows=[
            (number, row[: len(columns)])
            for number, row in zip(preview["numbers"], preview["rows"], strict=True)
        ],
        note=" · ".join(notes),
    )


def _report(context: PageContext, job: ImportJob, zone: ZoneInfo) -> ReportView:
    report, lang = job.report or {}, str(context.lang)
    notes = []
    if report.get("withheld"):
        notes.append(context.t("import.withheld"))
    made = [
        f"{word(context, f'import_kind.{kind}', kind)} {count:,}"
        for kind, count in (report.get("made") or {}).items()
        if count
    ]
    if made:
        notes.append(context.t("import.made", what="，".join(made) if lang == "zh" else ", ".join(made)))
    for item in report.get("agreements") or ():
        rate = formats.rate(item["n"], item["d"])
        level = context.t(f"region.level_{item['level']}")
        notes.append(
            context.t("import.agreement", level=level, rate=rate, n=f"{item['n']:,}", d=f"{item['d']:,}")
        )
    return ReportView(
        id=job.id,
        check=job.checking,
        ended="" if job.ended_at is None else formats.moment(job.ended_at, zone),
        figures=[(key, int(report.get(key) or 0)) for key in FIGURES],
        notes=notes,
        faults=[
            FaultRow(
                reason=_named(lang, group["field"], group["reason"][lang]),
                count=group["count"],
                rejected=bool(group["rejected"]),
            )
            for group in sorted(
                report.get("groups") or (), key=lambda one: (not one["rejected"], -one["count"])
            )
        ],
        findings=[_finding(context, item, check=job.checking) for item in report.get("findings") or ()],
        total=int(report.get("findings_total") or 0),
        has_csv=bool(report.get("findings_total")),
    )


def _named(lang: str, field: str, reason: str) -> str:
    if not field:
        return reason
    return f"{field}：{reason}" if lang == "zh" else f"{field}: {reason}"


def _finding(context: PageContext, item: Mapping[str, Any], *, check: bool) -> dict[str, Any]:
    lang = str(context.lang)
    return {
        "row": item["row"],
        "verdict": context.t(verdict(rejected=bool(item["rejected"]), check=check)),
        "field": item["field"],
        "value": item["value"],
        "reason": item["reason"][lang],
        "remedy": item["remedy"][lang],
    }
