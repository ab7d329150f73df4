"""The document around every page: its head, and the place where the page of an address goes."""

from __future__ import annotations

from dash import dcc, html

from layouts import ids

INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
  <head>
    {%metas%}
    <meta name="color-scheme" content="dark">
    <meta name="theme-color" content="#0A121D">
    <link rel="icon" href="/assets/icons/mark.svg" type="image/svg+xml">
    <title>{%title%}</title>
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
  </body>
</html>"""


def layout() -> html.Div:
    """The address and an empty page."""
    return html.Div([dcc.Location(id=ids.URL, refresh=False), html.Div(id=ids.PAGE)], className="shell")
