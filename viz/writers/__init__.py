"""A picture, which is data, written as DOT, SVG, PDF, HTML or text; and the programs that lay it
out.
"""
