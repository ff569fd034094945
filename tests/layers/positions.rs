//! `SinusoidalPositions` and `LearnedPositions`: the networks that every check runs.

layer! {
    networks {
        Sinusoidal: [17, 33] { SinusoidalPositions }
        SinusoidalDense: [3, 17] { Dense<17, 17> -> SinusoidalPositions -> Residual { Dense<17, 17> -> SinusoidalPositions } }
        Learned: [17, 33] { LearnedPositions }
        LearnedDense: [5, 1] { Dense<1, 3> -> LearnedPositions -> Dense<3, 1> }
    }
    tuned {
        Sinusoidal Learned
    }
    packed {
        SinusoidalDense Learned LearnedDense
    }
    pytorch {
        sinusoidal_positions { pub struct Net: [17, 6] { SinusoidalPositions } }
        sinusoidal_positions_odd { pub struct Net: [5, 7] { Dense<7, 7> -> SinusoidalPositions -> Dense<7, 2> } }
        learned_positions { pub struct Net: [5, 7] { LearnedPositions } }
        learned_positions_dense { pub struct Net: [3, 4] { Dense<4, 6> -> positions: LearnedPositions -> Dense<6, 2> } }
    }
}
