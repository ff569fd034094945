//! `SwiGlu`: the networks that every check runs.

layer! {
    networks {
        SwiGluVector: [17] { SwiGlu<17, hidden = 257> }
        SwiGluRows: [3, 5, 33] { SwiGlu<33, bias = true> -> Tanh }
    }
    tuned {
        SwiGluRows
    }
    packed {
        SwiGluRows
    }
    pytorch {
        swi_glu { pub struct Net { SwiGlu<7> } }
        swi_glu_steps { pub struct Net: [3, 5] { Dense<5, 4> -> mlp: SwiGlu<4, hidden = 11, bias = true> } }
    }
}
