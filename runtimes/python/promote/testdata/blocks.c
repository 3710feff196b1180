// An allocator whose blocks look as dlmalloc's do: multiples of 16 bytes, with the size and flags before each. It uses none twice.
// clang --target=wasm32 -nostdlib -O1 -fno-builtin -Wl,--no-entry -Wl,--export-all -o blocks.wasm blocks.c
static char heap[1 << 20] __attribute__((aligned(16)));
static unsigned top;
int released;

void *malloc(unsigned long n) {
    unsigned size = n < 11 ? 16 : (n + 19) & -16u;
    if (top + size + 16 > sizeof heap)
        return 0;
    *(unsigned *)(heap + top + 12) = size | 3;
    top += size;
    return heap + top - size + 16;
}

void free(void *p) { released += p != 0; }
unsigned used(void) { return top; }
int count(void) { return released; }

void *copied(char *to, const char *from, unsigned long n) {
    for (unsigned long i = 0; i < n; i++)
        to[i] = from[i];
    return to;
}

void *filled(char *to, int c, unsigned long n) {
    for (unsigned long i = 0; i < n; i++)
        to[i] = c;
    return to;
}
