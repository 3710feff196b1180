// Functions whose bodies can be written into the driver's loop, and some that cannot.

typedef long long int64;

#define EXPORT(name) __attribute__((export_name(#name)))

// steps of the Collatz sequence: a loop, a return from its middle, and locals that begin at zero.
EXPORT(steps) int64 steps(int64 n) {
  int64 count = 0;
  for (int64 v = n; count < 1000; count++) {
    if (v <= 1) return count;
    v = v & 1 ? 3 * v + 1 : v / 2;
  }
  return -1;
}

// branch has a table of branches.
EXPORT(branch) int64 branch(int64 n) {
  int64 v = n / 8;
  switch (n % 8) {
    case 0: return v ^ 31;
    case 1: return v * v + 5;
    case 2: return 7 - v;
    case 3: return v << 4;
    case 4: return __builtin_popcountll(v);
    case 5: return 1000 / (v + 1);
    default: return v;
  }
}

// share traps where b is zero.
EXPORT(share) int64 share(int64 a, int64 b) { return a / b; }

EXPORT(blend) double blend(double a, double b) {
  float f = (float)a;
  unsigned u = (unsigned)(int)(b > 0 ? b : -b) % 17u;
  return (a < b ? __builtin_sqrt(b) : __builtin_floor(a)) + f * u;
}

static int64 calls;

// counted has a state, and is called.
EXPORT(counted) int64 counted(int64 n) { return n + (calls++ & 0); }
