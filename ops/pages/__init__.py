"""The pages: what officials, firms and citizens see in a browser, in Chinese and in English.

Each page asks through the questions that the API asks (`projections.queries`); none has a query of
its own past them. Server-rendered, nothing from another host, no inline script or style.
"""
