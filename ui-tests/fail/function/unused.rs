use loom::network;

// What is wrong without a use is reported once, whether something uses the function or not.
network! {
    fn name(x) { x + y }
    fn callee(x) { gelu(x) }
    fn count(x) { exp(x, x) }
    fn own_count(x) { count(x, x) }
    fn own_sizes(x) { count::<3>(x) }
    fn option(x) { mean(x, dim = 1) }
    fn twice(x) { mean(x, axis = 0, axis = 1) }
    fn axis(x) { mean(x, axis = CHANNELS) }
    fn constant(x) { x * (1.0 / 0.0) }
    fn itself(x) { x + itself(x) }
    fn ping(x) { pong(x) }
    fn pong(x) { ping(x) }
    fn no_shape(x) { reshape(x) }
    fn fraction(x) { reshape(x, 0.5) }
    fn unread<N>(x, w: Param<[N]>) { x }
    fn zero(x, w: Param<[0]>) { x * w }
    fn deep<N>(x, w: Param<[N, N, N, N, N]>) { x * w }
    fn size(x, w: Param<[M]>) { x * w }
    fn tensors(x, a: Param<[3]>, b: Param<[4]>) { x + (a + b) }
    fn learned<N>(x, w: Param<[N - 3]>) { x * w }
    fn of_learned(x) { learned::<2>(x) }
    fn of_others(x) { count(x) + of_learned(x) }
    // These are wrong for some shapes.
    fn second<N>(x) { reshape(mean(x, axis = 1), N, 3) }
    fn sum_of_sizes<N>(x) { x * sum(N) }
    fn product<N>(x, w: Param<[N, 3]>) { transpose(matmul(x, w)) }
    struct Net: [4] {
        name -> count -> pong -> own_count -> Dense<4, 4> -> learned<7> -> Dense<4, 2>
    }
}

// So is what is wrong with an expression of a block, or of values that an error made unknown.
network! {
    fn double(x) { 2.0 * x }
    block Unused<N> {
        let y = Dense<N, N>;
        exp(y) + double(z)
    }
    block Unread<N> {
        let y = Dense<N, N>;
        exp(input) -> Dense<N, 1>
    }
    struct Unknown: [4] {
        let y = Dnse<4, 4> -> Tanhh;
        double(y) + exp(y, y) -> Dense<4, 2>
    }
}

network! {
    loss Names(out: [3], target: [3]) { sum(square(out - taget)) }
    loss Shapes(out: [3], target: [4]) { sum(square(out - target)) }
}

fn main() {}
