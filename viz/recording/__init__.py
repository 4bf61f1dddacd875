"""What was computed: the recorded graph as a list of nodes, their names, which of them share a
card, and their gradients. Nothing here knows how a picture looks.
"""
