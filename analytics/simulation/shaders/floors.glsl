// Patterns of floors and open ground. Each takes metres along the surface and metres per pixel (`foot`).

// Tiles or slabs; odd rows are shifted by `shift` of a tile. xy: place inside the tile, m; zw: number of the tile.
vec4 tile_at(vec2 uv, vec2 cell, float shift) {
    float row = floor(uv.y / cell.y);
    float along = uv.x / cell.x + shift * mod(row, 2.0);
    return vec4((along - floor(along)) * cell.x, uv.y - row * cell.y, floor(along), row);
}

float joint(vec2 inside, vec2 cell, float gap, float foot) {
    vec2 edge = min(inside, cell - inside);
    return max(band(edge.x, gap * 0.5, foot), band(edge.y, gap * 0.5, foot));
}

void paint_tiles(inout Look look, Material m, vec2 uv, float foot, float shift) {
    vec4 tile = tile_at(uv, m.cell, shift);
    ivec2 number = ivec2(tile.zw);
    float tone = hash(number, m.seed);
    vec2 own = uv + 7.0 * vec2(tone, hash(number, m.seed + 1));
    vec3 colour = mix(m.a, m.c, m.variety * tone);
    colour *= 1.0 + 0.14 * (fractal(own * 5.0, 4, foot * 5.0, m.seed + 2) - 0.5);
    float line = joint(tile.xy, m.cell, m.gap, foot);
    look.albedo = mix(colour, m.b, line);
    look.mirror *= (1.0 - line) * (0.8 + 0.4 * tone);
    look.normal = normalize(look.normal + m.bump * 0.03 * (vec3(tone, hash(number, m.seed + 3), 0.5) - 0.5));
}

void paint_checker(inout Look look, Material m, vec2 uv, float foot) {
    vec4 tile = tile_at(uv, m.cell, 0.0);
    float tone = hash(ivec2(tile.zw), m.seed);
    float odd = mod(tile.z + tile.w, 2.0);
    float line = joint(tile.xy, m.cell, m.gap, foot);
    look.albedo = mix(m.a, m.c, odd) * (1.0 + 0.2 * m.variety * (tone - 0.5));
    look.albedo = mix(look.albedo, m.b, line);
    look.mirror *= 1.0 - line;
}

void paint_planks(inout Look look, Material m, vec2 uv, float foot) {
    float row = floor(uv.y / m.cell.y);
    float along = uv.x / m.cell.x + hash(ivec2(row, 0), m.seed) * 7.0;
    ivec2 number = ivec2(floor(along), row);
    float tone = hash(number, m.seed + 1);
    vec2 own = vec2(uv.x, uv.y) + 20.0 * vec2(hash(number, m.seed + 2), hash(number, m.seed + 3));
    float rings = fractal(own * vec2(1.3, 28.0), 3, foot * 28.0, m.seed + 4);
    float fibre = fractal(own * vec2(8.0, 160.0), 2, foot * 160.0, m.seed + 6);
    vec3 colour = mix(m.a, m.c, clamp(m.variety * (tone - 0.5) + 0.9 * (rings - 0.5) + 0.4, 0.0, 1.0));
    colour *= 1.0 + 0.2 * (fibre - 0.5);
    vec2 inside = vec2(fract(along) * m.cell.x, uv.y - row * m.cell.y);
    float line = joint(inside, m.cell, m.gap, foot);
    look.albedo = mix(colour, m.b, line * 0.85);
    look.mirror *= (1.0 - line) * (0.75 + 0.5 * tone);
    look.normal = normalize(look.normal + m.bump * 0.02 * (vec3(tone, hash(number, m.seed + 5), 0.5) - 0.5));
}

void paint_carpet(inout Look look, Material m, vec2 uv, float foot) {
    vec4 tile = tile_at(uv, m.cell, 0.0);
    ivec2 number = ivec2(tile.zw);
    bool turned = mod(tile.z + tile.w, 2.0) > 0.5;
    vec2 own = (turned ? uv.yx : uv) * vec2(30.0, 140.0);
    float loops = fractal(own, 3, foot * 140.0, m.seed);
    float flecks = smoothstep(0.62, 0.7, fractal(uv * 45.0, 2, foot * 45.0, m.seed + 3));
    look.albedo = mix(m.a, m.c, m.variety * (0.5 * flecks + 0.5 * float(turned) * 0.4));
    look.albedo *= (1.0 + 0.5 * (loops - 0.5)) * (1.0 + 0.08 * (hash(number, m.seed + 7) - 0.5));
    look.albedo = mix(look.albedo, m.b, joint(tile.xy, m.cell, m.gap, foot) * 0.35);
}

void paint_marble(inout Look look, Material m, vec2 uv, float foot) {
    vec4 tile = tile_at(uv, m.cell, 0.0);
    ivec2 number = ivec2(tile.zw);
    float tone = hash(number, m.seed);
    vec2 own = uv + 11.0 * vec2(tone, hash(number, m.seed + 1));
    vec2 bent = own + 0.6 * vec2(fractal(own * 2.0, 4, foot * 2.0, m.seed + 2), fractal(own * 2.0 + 9.0, 4, foot * 2.0, m.seed + 3));
    float vein = 1.0 - abs(2.0 * fractal(bent * 1.6, 4, foot * 1.6, m.seed + 4) - 1.0);
    vein = smoothstep(0.9, 1.0, vein);
    vec3 colour = mix(m.a, m.c, 0.5 * vein * m.variety + 0.25 * (fractal(own * 3.0, 3, foot * 3.0, m.seed + 5) - 0.2));
    float line = joint(tile.xy, m.cell, m.gap, foot);
    look.albedo = mix(colour * (0.95 + 0.1 * tone), m.b, line);
    look.mirror *= 1.0 - line;
}

// Concrete, asphalt, plaster, bare earth: spots of many sizes, cracks, patches of another tone.
void paint_concrete(inout Look look, Material m, vec2 uv, float foot) {
    float large = fractal(uv * 0.35, 5, foot * 0.35, m.seed);
    float grit = fractal(uv * 60.0, 3, foot * 60.0, m.seed + 6);
    vec3 colour = mix(m.a, m.c, clamp(0.5 + 2.2 * (large - 0.5) * m.variety, 0.0, 1.0));
    colour *= 1.0 + 0.5 * m.bump * (grit - 0.5);
    vec2 bent = uv + 0.5 * vec2(fractal(uv, 4, foot, m.seed + 11), fractal(uv + 5.0, 4, foot, m.seed + 12));
    float crack = abs(fractal(bent * 0.35, 2, foot, m.seed + 13) - 0.5);
    float cracked = band(crack, 0.0016, foot * 0.3) * smoothstep(0.5, 0.6, fractal(uv * 0.15, 2, foot, m.seed + 14)) * m.wear;
    look.albedo = mix(colour, m.b, 0.7 * cracked);
    if (m.gap > 0.0) {
        vec4 slab = tile_at(uv, m.cell, 0.0);
        look.albedo *= 1.0 + 0.12 * (hash(ivec2(slab.zw), m.seed + 15) - 0.5);
        look.albedo = mix(look.albedo, m.b, joint(slab.xy, m.cell, m.gap, foot) * 0.8);
    }
    look.mirror *= smoothstep(0.3, 0.7, large);
}

void paint_terrazzo(inout Look look, Material m, vec2 uv, float foot) {
    vec3 colour = m.a;
    for (int k = 0; k < 3; k++) {
        float scale = 70.0 / (1.0 + 0.8 * float(k));
        vec2 at = uv * scale + 3.7 * float(k);
        ivec2 cell = ivec2(floor(at));
        vec3 chance = hash3(cell, m.seed + 10 * k);
        float chip = band(length(fract(at) - 0.3 - 0.4 * chance.xy), 0.12 + 0.18 * chance.z, foot * scale);
        vec3 stone = mix(m.b, m.c, hash(cell, m.seed + 5 + 10 * k));
        colour = mix(colour, stone, chip * step(0.35, chance.x) * m.variety);
    }
    vec4 tile = tile_at(uv, m.cell, 0.0);
    look.albedo = colour * (1.0 - 0.4 * joint(tile.xy, m.cell, m.gap, foot));
}

void paint_grass(inout Look look, Material m, vec2 uv, float foot) {
    float patches = fractal(uv * 0.25, 5, foot * 0.25, m.seed);
    float tufts = fractal(uv * vec2(5.0, 4.0), 4, foot * 5.0, m.seed + 6);
    float blades = fractal(uv * vec2(90.0, 60.0), 3, foot * 90.0, m.seed + 11);
    look.albedo = mix(m.a, m.c, clamp(0.5 + 1.8 * (patches - 0.5), 0.0, 1.0));
    float bare = smoothstep(0.62, 0.72, fractal(uv * 0.4 + 40.0, 5, foot * 0.4, m.seed + 15)) * m.wear;
    look.albedo = mix(look.albedo, m.b, bare);
    look.albedo *= (1.0 + 0.9 * (tufts - 0.5)) * (1.0 + 0.8 * (blades - 0.5));
    // fallen leaves
    vec2 at = uv * 6.0;
    ivec2 cell = ivec2(floor(at));
    vec3 chance = hash3(cell, m.seed + 20);
    float leaf = band(length((fract(at) - 0.25 - 0.5 * chance.xy) * vec2(1.0, 1.7)), 0.14, foot * 6.0);
    look.albedo = mix(look.albedo, m.b * (0.7 + 0.8 * chance.y), leaf * step(1.0 - m.variety * 0.5, chance.z));
}
