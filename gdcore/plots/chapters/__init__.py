"""Pictures that one chapter draws, or a few: no part of the interface.

What they get is not checked, and they change with the text.
"""
