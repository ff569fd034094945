loom::network![Dense<3, 2> -> Relu]
