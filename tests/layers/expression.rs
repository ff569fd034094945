//! Functions and expressions of values.

layer! {
    functions {
        fn mish(x) { x * tanh(softplus(x)) }
        fn hard_swish(x) { x * clamp(x + 3.0, 0.0, 6.0) / 6.0 }
        fn prelu<C>(x, slope: Param<[C, 1, 1]> = 0.25) { max(x, 0.0) + slope * min(x, 0.0) }
        fn layer_scale<C>(x, scale: Param<[C]> = 0.1) { x * scale }
        fn standardise(x) {
            let centred = x - mean(x, axis = 1, keep = true);
            centred * rsqrt(mean(square(centred), axis = 1, keep = true) + 1e-5)
        }
        fn wave(x) { sin(30.0 * x) }
        fn noisy(x) { x * (0.5 + uniform(x)) + 0.1 * normal(x) }
        fn turned(x) { cos(x * 3.0 + sin(x)) - sin(square(x)) }
        fn every(x) {
            let a = abs(x) + exp(-square(x)) - log(1.5 + square(x)) + log1p(square(x));
            let b = sigmoid(x) / sqrt(1.0 + x * x) + erf(x) * normal_cdf(x) - recip(2.0 + relu(x));
            let c = select(x < 0.25, a, b) + select(x >= a, 0.5 * x, x / 3.0) + mul_add(x, a, b);
            let d = (x == 0.0) + (x != 1.0) + (x <= b) - (a > b);
            c + d * x + max(a, min(b, x)) + x * rsqrt(1.0 + a * a)
        }
    }
    networks {
        Mish: [3, 17] { Dense<17, 17> -> mish -> Dense<17, 5> -> hard_swish }
        Waves: [2] { Dense<2, 17> -> wave -> Dense<17, 9> -> turned -> Dense<9, 3> }
        EveryFunction: [17] { Dense<17, 65> -> every -> Dense<65, 3> }
        LearnedSlopes: [3, 9, 7] {
            Conv2d<3, 5, 3> -> act: prelu<5> -> Conv2d<5, 3, 3> -> prelu<3> -> GlobalAvgPool -> layer_scale<3>
        }
        GateOfChannels: [5, 9, 7] {
            let gate = GlobalAvgPool -> Dense<5, 3> -> mish -> Dense<3, 5> -> Sigmoid;
            input * reshape(gate, 5, 1, 1) -> Conv2d<5, 2, 3>
        }
        Standardised: [5, 17] { Dense<17, 33> -> standardise -> Dense<33, 3> }
        Reductions: [3, 17, 5] {
            let all = Dense<5, 5>;
            let sums = sum(all, axis = 1) + mean(all) - max(all, axis = 1) * min(all, axis = 1);
            let soft = softmax(all, axis = 1) * logsumexp(all, axis = 2, keep = true);
            let norms = norm(all + 1.0, axis = 0) + argmax(detach(all), axis = 0);
            Concat<axis = 1> { sums -> Reshape<1, 15> | soft -> Reshape<1, 255> | norms -> Reshape<1, 85> } -> Dense<355, 3>
        }
        Transposed: [4, 17] { transpose(input) * 2.0 -> Dense<4, 3> }
        Products: [3, 17] {
            let a = Dense<17, 9>;
            let b = Dense<17, 5>;
            matmul(transpose(a), b) -> Dense<5, 3>
        }
        Gram: [2, 5, 17] { 0.1 * matmul(input, transpose(input)) -> Dense<5, 3> }
        ManyRows(a: [3, 5, 17], b: [17, 7]) { matmul(a, b) -> Dense<7, 3> }
        OneHots: [17] { one_hot(input, 65) -> Dense<65, 3> }
        OneHotOfOne: [1] { one_hot(input, 1) -> Dense<1, 3> }
        OneHotOfGreatest: [3, 17] {
            let best = argmax(input, axis = 1, keep = true);
            input * reshape(one_hot(best, 17), 3, 17) -> Dense<17, 3>
        }
        Gathered(x: [5, 17], at: [3, 17]) { gather(x, 2.5 * abs(at), axis = 0) -> Dense<17, 3> }
        GatheredFar(x: [3, 17, 5], at: [3, 65, 5]) { gather(x, at * 9.0, axis = 1) -> Dense<5, 3> }
        GatheredRows: [3, 257] {
            let scores = Dense<257, 33>;
            gather(scores, argmax(scores, axis = 1, keep = true), axis = 1) -> Flatten -> Dense<3, 3>
        }
        Noisy: [5, 17] {
            let mean = Dense<17, 9>;
            let logvar = Dense<17, 9>;
            mean + exp(0.5 * logvar) * normal(mean) -> noisy -> noisy -> Dense<9, 3>
        }
        NoisyAlone: [257] { input + normal(input) * uniform(input) }
        TwoValues(a: [3, 17], b: [1, 17], c: [3, 1]) -> (sum, far) {
            let sum = a * b - c / (2.0 + abs(b));
            let far = sqrt(mean(square(a - b), axis = 1));
        }
    }
    tuned { GateOfChannels Reductions }
    packed { LearnedSlopes }
    pytorch {
        functions {
            pub struct Net: [3, 9, 8] {
                let x = Conv2d<3, 4, 3> -> act: prelu<4>;
                let gate = x -> GlobalAvgPool -> Dense<4, 2> -> Relu -> Dense<2, 4> -> hard_sigmoid -> Reshape<4, 1, 1>;
                x * gate -> hard_swish -> Flatten -> Dense<168, 5> -> scaled: layer_scale<5> -> mish -> far: rbf<6, 5>
            }
            fn mish(x) { x * tanh(softplus(x)) }
            fn hard_sigmoid(x) { clamp(x + 3.0, 0.0, 6.0) / 6.0 }
            fn hard_swish(x) { x * hard_sigmoid(x) }
            fn prelu<C>(x, slope: Param<[C, 1, 1]> = 0.25) { max(x, 0.0) + slope * min(x, 0.0) }
            fn layer_scale<C>(x, scale: Param<[C]> = 0.1) { x * scale }
            fn rbf<K, N>(x, centres: Param<[K, N]>, width: Param<[K]> = 1.0) {
                exp(-width * sum(square(x - centres), axis = 1))
            }
        }
        siren {
            pub struct Net: [2] {
                let seen = Dense<2, 16> -> wave;
                let (sines, cosines) = Dense<2, 16> -> Split<8, 8>;
                Concat { seen -> Dense<16, 16> -> wave | sin(6.0 * sines) | cos(6.0 * cosines) } -> Dense<32, 3>
            }
            fn wave(x) { sin(30.0 * x) }
        }
        gcn {
            pub struct Net(nodes: [6, 5], adjacency: [6, 6]) {
                let first = nodes -> Dense<5, 8>;
                let second = relu(matmul(adjacency, first)) -> Dense<8, 3>;
                matmul(adjacency, second)
            }
        }
        attention_by_hand {
            pub struct Net: [2, 7, 6] {
                let (q, k, v) = Dense<6, 12> -> Split<4, 4, 4, axis = 2>;
                let seen = softmax(matmul(q, transpose(k)) / sqrt(4.0), axis = 2);
                matmul(seen, v) -> Dense<4, 5>
            }
        }
        chosen {
            pub struct Net(x: [3, 6], at: [3, 4], class: [3]) {
                let code = x -> Dense<6, 6> -> Tanh;
                let greatest = gather(code, argmax(code, axis = 0, keep = true), axis = 0);
                let picked = gather(code * greatest, at, axis = 1);
                Concat<axis = 1> { picked | one_hot(class, 5) -> Dense<5, 2> } -> Dense<6, 2>
            }
        }
        variational {
            pub struct Net: [6] {
                let code = Dense<6, 5> -> Tanh;
                let mean = code -> Dense<5, 3>;
                let logvar = code -> Dense<5, 3>;
                let z = mean + exp(0.5 * logvar) * normal(mean);
                z * (0.5 + uniform(z)) - uniform(z) * logvar -> Dense<3, 6>
            }
        }
        gated {
            pub struct Net: [3, 20] {
                let first = Conv1d<3, 8, 2>;
                let near = first -> WaveNet<4, 1>;
                let far = near -> Slice<0, 0, 4> -> WaveNet<4, 2>;
                Sum { near -> Slice<0, 4, 8> -> Slice<1, 2, 18> | far -> Slice<0, 4, 8> } -> Relu -> Conv1d<4, 2, 1>
            }
            block WaveNet<C, DILATION> {
                let x = Slice<0, 0, C>;
                let filter = x -> Conv1d<C, C, 2, dilation = DILATION>;
                let gate = x -> Conv1d<C, C, 2, dilation = DILATION>;
                let y = tanh(filter) * sigmoid(gate) -> Conv1d<C, C, 1>;
                Concat { y | y -> skip: Conv1d<C, C, 1> }
            }
        }
        expressions {
            pub struct Net: [5, 17] {
                let x = Dense<17, 6> -> every;
                let soft = softmax(x, axis = 1) - logsumexp(x, axis = 0);
                let some = norm(x, axis = 1, keep = true) * max(x, axis = 0) + min(x, axis = 1, keep = true);
                soft / (1.5 + abs(some)) + detach(x) * mean(x) + 0.1 * argmax(x, axis = 0)
                    -> Transpose -> Dense<5, 3>
            }
            fn every(x) {
                let a = abs(x) + exp(-square(x)) - log(1.5 + square(x)) + log1p(square(x));
                let b = sigmoid(x) / sqrt(1.0 + x * x) + erf(x) * normal_cdf(x) - recip(2.0 + relu(x));
                select(x < 0.25, a, b) + select(x >= a, 0.5 * x, x / 3.0) + max(a, min(b, x)) * rsqrt(1.0 + a * a)
            }
        }
    }
}
