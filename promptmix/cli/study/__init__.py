"""The experiments of docs/study.md, and the page itself."""
