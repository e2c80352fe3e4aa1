"""Keras models in and out: ``.keras`` and ``.h5`` files, without Keras or TensorFlow.

A file is data: nothing in it is imported, evaluated or followed to another file.
"""
