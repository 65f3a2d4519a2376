"""How Sphinx reads what `build.py` has laid out."""

from coherence import __version__

project = "coherence"
author = "The coherence authors"
copyright = author
version = release = __version__
extensions = ["myst_nb", "sphinx.ext.autodoc"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["scenarios/**/*.md"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
default_role = "literal"  # docstrings write `name` for what a reader would type
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
nb_execution_timeout = 300
html_theme = "alabaster"
html_theme_options = {"page_width": "1100px", "description": "A cache-coherence simulator"}
suppress_warnings = ["myst.header"]
