"""Reports as pages for people, in Chinese or English: HTML, and PDF/A-3b that holds the report."""
