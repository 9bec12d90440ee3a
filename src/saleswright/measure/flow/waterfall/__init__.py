"""What changed between two days, by any dimension, down to each deal's own changes?"""
