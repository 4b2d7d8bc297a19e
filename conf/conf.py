"""How the site is made: conf/extensions do one thing each, and this file sets them."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from docutils.parsers.rst.roles import CustomRole, generic_custom_role
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import gdcore
from conf.extensions import build_lock, execution

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"

build_lock.wait(BUILD)

project = "Rolling Downhill"
author = "The Rolling Downhill authors"
version = release = gdcore.__version__
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "conf.extensions.execution",
    "conf.extensions.incremental",
    "conf.extensions.katex",
    "conf.extensions.source_listing",
    "conf.extensions.asides",
    "conf.extensions.deeper",
    "conf.extensions.drills",
    "conf.extensions.reading",
    "conf.extensions.live_figures",
    "conf.extensions.marks",
    "conf.extensions.exercises",
    "conf.extensions.glossary",
    "conf.extensions.reference",
    "conf.extensions.citations",
    "conf.extensions.permalinks",
    "conf.extensions.names",
    "conf.extensions.page_metadata",
    "conf.extensions.header_buttons",
    "conf.extensions.csp",
    "conf.extensions.notebooks",
    "conf.extensions.social_cards",
    "conf.extensions.publishing",
    "conf.extensions.assets",
    "conf.extensions.downloads",
    "conf.extensions.epub",
    "conf.extensions.search",
]
exclude_patterns = ["**.ipynb_checkpoints"]
numfig = True
numfig_format = {"figure": "Figure %s", "table": "Table %s", "code-block": "Listing %s"}

# --- text and cells
myst_enable_extensions = ["amsmath", "attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
nb_execution_mode = "cache"
nb_execution_cache_path = str(execution.prepare(ROOT, BUILD))
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_output_stderr = "error"
nb_merge_streams = True
nb_code_prompt_show = "Show the {type}"
suppress_warnings = ["mystnb.exec"]  # the execution extension reports it, with the line

# --- reference of gdcore
autosummary_generate = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "set"}  # which matplotlib adds to its subclasses
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False

nitpick_ignore_regex = [("py:.*", r"(collections|matplotlib|numpy|typing)\..*")]

# --- works cited
bibtex_bibfiles = ["../book/references.bib"]
bibtex_cite_id = "{key}"
bibtex_default_style = "plain"
bibtex_reference_style = "in_sentence"
bibtex_tooltips = False  # they would say the whole entry once more at each place

# --- mathematics
html_math_renderer = "katex"

# --- pages
if book_url := os.environ.get("BOOK_URL", ""):  # where the site will stand
    book_url = book_url.rstrip("/") + "/"
    extensions.append("notfound.extension")
book_source = os.environ.get("BOOK_SOURCE", "").rstrip("/")  # where its sources stand
html_baseurl = book_url
notfound_template = "404.html"
notfound_context = {"title": "Page not found"}
notfound_urls_prefix = urlsplit(book_url).path
html_title = project
html_theme = "theme"  # a child of sphinx-book-theme
html_theme_path = ["."]
templates_path = ["theme/components"]  # the theme's own would come before a child's
html_context = {"default_mode": "auto"}
html_theme_options = {
    "article_header_start": ["toggle-primary-sidebar.html", "navbar-logo.html", "here.html"],
    "article_header_end": ["turn.html", "article-header-buttons.html"],
    "footer_content_items": ["imprint.html"],
    "navbar_persistent": [],  # a second search, which no narrow page shows
    "search_bar_text": "Search the book",
    "toc_title": "On this page",
    "back_to_top_button": False,  # the chapter's name in the bar leads there
    "shorten_urls": False,
}
if book_source.startswith("https://github.com/"):
    html_theme_options |= {
        "repository_url": book_source,
        "repository_branch": "main",
        "path_to_docs": "book",
        "use_repository_button": True,
        "use_edit_page_button": True,
        "use_issues_button": True,
    }
html_static_path = ["../_build/assets"]  # made by the assets extension
html_js_files = [("book.js", {"defer": "defer"})]
html_favicon = "theme/static/favicon.svg"
html_copy_source = True  # the download menu offers it
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_permalinks_icon = ""  # the sign stands in book.css
html_secnumber_suffix = ". "
copybutton_selector = "div.highlight pre"
copybutton_exclude = ".linenos, .gp, .go"

# --- the EPUB
epub_basename = "rolling-downhill"
epub_description = (
    "Gradient descent from the first derivative to a neural network, in code you can run"
)
epub_contributor = author
epub_publisher = author
epub_copyright = "Text and figures: CC BY 4.0. Code: BSD 3-Clause."
epub_uid = "book"
epub_identifier = "urn:uuid:59a53842-a395-45de-ae4d-6377065c4a38"
epub_cover = ("_static/cover.png", "epub-cover.html")
epub_show_urls = "no"


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", leave_types_alone)
    # `` {zh}`梯度` `` marks Chinese, for screen readers and for the choice of type: docutils writes
    # such a class as the attribute `lang`.
    chinese = {"class": ["language-zh-Hans"]}
    app.add_role("zh", CustomRole("zh", generic_custom_role, chinese))  # type: ignore[arg-type]


def leave_types_alone(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.TextElement | None:
    """Link a docstring's types where they are ours; a role in a text must lead somewhere."""
    return None if isinstance(shown, nodes.literal) or node.get("reftype") != "class" else shown
