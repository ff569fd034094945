//! `Rnn`, `Lstm` and `Gru`: the networks that every check runs.

layer! {
    networks {
        RnnOne: [5, 1] { Rnn<1, 1> }
        RnnSteps: [16, 8] { Rnn<8, 17> -> Dense<17, 3> }
        RnnRelu: [5, 8] { Rnn<8, 3, relu = true> -> Flatten -> Dense<15, 3> }
        RnnStacked: [5, 3] { Rnn<3, 17> -> Rnn<17, 16, relu = true> -> Tanh }
        LstmOne: [16, 1] { Lstm<1, 1> }
        LstmStep: [1, 8] { Lstm<8, 3> }
        LstmSteps: [16, 8] { Lstm<8, 17> -> Flatten -> Dense<272, 3> }
        LstmStacked: [5, 1] { Residual { Lstm<1, 16> -> Lstm<16, 1> } -> Gelu }
        GruOne: [5, 1] { Gru<1, 1> }
        GruStep: [1, 8] { Gru<8, 16> }
        GruSteps: [16, 1] { Gru<1, 17> -> Flatten -> Dense<272, 3> }
        GruStacked: [5, 8] { Dense<8, 8> -> Sigmoid -> Gru<8, 17> -> Gru<17, 3> }
        GruWide: [3, 5] { Gru<5, 97> }
    }
    tuned {
        LstmSteps GruWide
    }
    packed {
        RnnSteps LstmSteps GruWide
    }
    pytorch {
        rnn { pub struct Net: [5, 8] { Rnn<8, 3> -> Flatten -> Dense<15, 2> } }
        rnn_relu { pub struct Net: [16, 1] { Rnn<1, 17, relu = true> } }
        rnn_stacked { pub struct Net: [5, 8] { Rnn<8, 16> -> Rnn<16, 3, relu = true> } }
        lstm { pub struct Net: [16, 8] { Lstm<8, 17> -> Flatten -> Dense<272, 3> } }
        lstm_one { pub struct Net: [5, 1] { Lstm<1, 1> } }
        lstm_step { pub struct Net: [1, 8] { Lstm<8, 16> } }
        lstm_stacked { pub struct Net: [5, 1] { body: Lstm<1, 16> -> Lstm<16, 3> } }
        gru { pub struct Net: [16, 8] { Gru<8, 17> -> Flatten -> Dense<272, 3> } }
        gru_one { pub struct Net: [5, 1] { Gru<1, 1> } }
        gru_step { pub struct Net: [1, 8] { Gru<8, 16> } }
        gru_stacked { pub struct Net: [5, 1] { body: Gru<1, 16> -> Gru<16, 3> } }
    }
}
