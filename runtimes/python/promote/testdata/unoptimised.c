// Functions whose variables can be seen by others in all the ways that the rewriting must respect. Built without optimisation:
// clang --target=wasm32 -nostdlib -O0 -Wl,--no-entry -Wl,--export-all -o unoptimised.wasm unoptimised.c
typedef __builtin_va_list va_list;

static void set(int *p, int v) { *p = v; }
static int get(const int *p) { return *p; }
static int *same(int *p) { return p; }

int *kept;
void keep(int *p) { kept = p; }

int plain(int a, int b) {
    int sum = 0;
    for (int i = 0; i < a; i++) {
        if (i == b)
            continue;
        sum += i * b;
    }
    return sum;
}

int passed(int a, int b) { // a known function writes one variable and no other
    int x = a, y = b, z = 3;
    set(&y, x + z);
    set(&x, get(&y) * 2);
    return x * 100 + y * 10 + z;
}

int returned(int a, int b) { // the pointer comes back
    int x = a, y = b;
    int *p = same(&x);
    *p += y;
    return x;
}

int stored(int a, int b) { // the pointer is kept in memory
    int x = a;
    keep(&x);
    *kept = b;
    return x;
}

struct pair {
    int first, second;
};
static void swap(struct pair *p) {
    int t = p->first;
    p->first = p->second;
    p->second = t;
}
static struct pair made(int a, int b) {
    struct pair p = {a, b};
    return p;
}

int fields(int a, int b) { // a struct whose fields are also used by name
    struct pair p = made(a, b);
    p.first += 1;
    swap(&p);
    p.second *= 3;
    swap(&p);
    return p.first * 1000 + p.second;
}

int indexed(int a, int b) { // an array
    int xs[5] = {1, 2, 3, 4, 5};
    xs[a % 5] = b;
    int sum = 0;
    for (int i = 4; i >= 0; i--)
        sum = sum * 7 + xs[i];
    return sum;
}

static int total(int n, ...) {
    va_list ap;
    __builtin_va_start(ap, n);
    int sum = 0;
    while (n--)
        sum = sum * 3 + __builtin_va_arg(ap, int);
    __builtin_va_end(ap);
    return sum;
}

int variadic(int a, int b) { return total(4, a, b, a + b, a - b); }

static int at(int i, const int *xs) { return xs[i]; }
int partly(int a, int b) { // an array, of which only a part is stored right before the call
    int xs[4];
    xs[2] = a;
    xs[3] = get(&b);
    xs[0] = b;
    return at(b & 3 & ~1, xs) + xs[3];
}

static int (*table[])(const int *) = {get};
int indirect(int a, int b) { // nothing is known of the function
    int x = a, y = b;
    return table[b & 0](&x) + y;
}

int narrow(int a, int b) { // bytes and halves, with and without sign
    char c = a;
    unsigned char u = b;
    short s = a * b;
    unsigned short w = a + b;
    long long l = a;
    l = l * b + s;
    return c + u + s + w + (int)(l >> 3);
}

int halves(int a, int b) { // one variable read in two widths
    union {
        int whole;
        unsigned char bytes[4];
    } u;
    u.whole = a;
    u.bytes[1] = b;
    return u.whole;
}

int parts(int a, int b) { // words of which parts are read
    union {
        unsigned short whole;
        struct {
            unsigned char low, high;
        } part;
    } u;
    union {
        int whole;
        signed char bytes[4];
        short halves[2];
        unsigned short unsigneds[2];
    } w;
    u.whole = a + b;
    w.whole = a * 40503 ^ b << 9;
    return u.part.low + 3 * u.part.high + 5 * u.whole + w.bytes[0] + 7 * w.bytes[2] - 11 * w.bytes[3] + 13 * w.halves[0] + w.halves[1] - 17 * w.unsigneds[1];
}

int deep(int a, int b) { // recursion has its own variables each time
    int here = a * 2;
    if (a > 0)
        here += deep(a - 1, b + here);
    return here + b;
}

double floats(double a, double b) {
    double x = a, y = b;
    float f = x * y;
    for (int i = 0; i < 3; i++)
        x = x * 1.5 + f;
    return x > y ? x : y;
}
