//! `Embedding`: the networks that every check runs.

layer! {
    networks {
        EmbeddingOne: [1] { Embedding<1, 1> }
        EmbeddingFew: [17] { Embedding<5, 33> }
        EmbeddingMany: [3] { Embedding<257, 17> -> SwiGlu<17> }
    }
    tuned {
        EmbeddingFew
    }
    packed {
        EmbeddingFew EmbeddingMany
    }
    pytorch {
        embedding { pub struct Net: [9] { Embedding<5, 3> } }
        embedding_steps { pub struct Net: [6] { tokens: Embedding<65, 4> -> Dense<4, 2> -> Tanh } }
    }
}
