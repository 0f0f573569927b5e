"""The evaluator in the place of machine code: traces do what the IR says, step by step.

Everything else of hotloop is as it is with machine code: what is hot, how traces are entered, left
and extended, whose references the trace owns. For tests (``--executor evaluator``, stress
``evaluator``); nothing here is fast.
"""
