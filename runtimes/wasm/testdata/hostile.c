// Functions that lie to the host about memory.
// clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -Wl,--strip-all -o hostile.wasm hostile.c
#define EXPORT(name) __attribute__((export_name(#name))) name

typedef long long i64;

static char room[4 << 20];
static int calls;

// The first answers are honest, so that the arguments arrive.
void *EXPORT(alloc)(int size) { return ++calls > 4 || size > sizeof room ? (void *)0xfffffff0 : room; }

i64 EXPORT(far)(i64 a) { return 0xffffff00ll << 32 | 0xffff; }
i64 EXPORT(long_text)(i64 a) { return 0x7fffffffll; }
i64 EXPORT(everything)(i64 a) { return (i64)__builtin_wasm_memory_size(0) << 16; }
i64 EXPORT(text)(const char *s, int n) { return (i64)(unsigned long)s << 32 | (unsigned)n; }
float EXPORT(narrow)(float a, int b) { return a * (float)b; }
