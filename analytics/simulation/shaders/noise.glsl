// Noise from integer hashes: the same on every graphics card.

float hash(ivec2 cell, int salt) {
    uint x = uint(cell.x) * 0x27d4eb2dU ^ uint(cell.y) * 0x165667b1U ^ uint(salt) * 0x9e3779b9U;
    x ^= x >> 15; x *= 0x2c1b3c6dU; x ^= x >> 12; x *= 0x297a2d39U; x ^= x >> 15;
    return float(x >> 8) / 16777216.0;
}

vec3 hash3(ivec2 cell, int salt) {
    return vec3(hash(cell, salt), hash(cell, salt + 101), hash(cell, salt + 202));
}

// Smooth noise, mean 0.5, one bump per unit.
float noise(vec2 at, int salt) {
    ivec2 cell = ivec2(floor(at));
    vec2 inside = fract(at);
    inside = inside * inside * (3.0 - 2.0 * inside);
    return mix(mix(hash(cell, salt), hash(cell + ivec2(1, 0), salt), inside.x),
               mix(hash(cell + ivec2(0, 1), salt), hash(cell + ivec2(1, 1), salt), inside.x), inside.y);
}

// Octaves of noise, mean 0.5; those finer than `footprint` (units per pixel) are left out instead of flickering.
float fractal(vec2 at, int octaves, float footprint, int salt) {
    float total = 0.0, weight = 0.5, shown_weight = 0.0, whole = (1.0 - pow(0.55, float(octaves))) / 0.9;
    for (int k = 0; k < octaves; k++) {
        float shown = weight * (1.0 - smoothstep(0.35, 0.9, footprint));
        total += shown * noise(at, salt + k);
        shown_weight += shown;
        at = mat2(1.6, 1.2, -1.2, 1.6) * at;
        footprint *= 2.0;
        weight *= 0.55;
    }
    return 0.5 + (total - 0.5 * shown_weight) / whole;
}

// 1 inside a band of half-width `half_width` around 0, with an edge as soft as a pixel; fades where finer than one.
float band(float offset, float half_width, float footprint) {
    float soft = max(footprint, 1e-5);
    return clamp((half_width - abs(offset)) / soft + 0.5, 0.0, 1.0) * min(1.0, 2.0 * half_width / soft);
}
