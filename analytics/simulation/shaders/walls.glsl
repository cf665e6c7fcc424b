// Patterns of walls, furniture and things: metres along the surface, `foot` metres per pixel.

void paint_brick(inout Look look, Material m, vec2 uv, float foot) {
    paint_tiles(look, m, uv, foot, 0.5);
    look.albedo *= 1.0 + 0.35 * (fractal(uv * 35.0, 3, foot * 35.0, m.seed + 8) - 0.5);
}

// Painted plaster; below `cell.y` another colour with a rail on top.
void paint_wall(inout Look look, Material m, vec2 uv, float foot) {
    float roller = fractal(uv * vec2(9.0, 5.0), 3, foot * 9.0, m.seed);
    vec3 colour = m.a * (1.0 + 0.05 * (roller - 0.5));
    if (m.cell.y > 0.0) {
        float lower = clamp((m.cell.y - uv.y) / max(foot, 1e-4) + 0.5, 0.0, 1.0);
        colour = mix(colour, m.b * (1.0 + 0.05 * (roller - 0.5)), lower);
        colour = mix(colour, m.c, band(uv.y - m.cell.y, m.gap * 0.5, foot));
    }
    // scuffs of bags and trolleys near the floor
    float scuff = smoothstep(0.62, 0.7, fractal(uv * vec2(1.2, 9.0), 4, foot * 9.0, m.seed + 4));
    colour *= 1.0 - 0.35 * m.wear * scuff * smoothstep(1.1, 0.2, uv.y);
    look.albedo = colour * (1.0 - 0.15 * m.wear * smoothstep(0.25, 0.0, uv.y));
}

void paint_wood(inout Look look, Material m, vec2 uv, float foot) {
    float rings = fractal(uv * vec2(1.1, 16.0) + 3.0 * fractal(uv * 0.8, 2, foot, m.seed + 3), 4, foot * 16.0, m.seed);
    float fibre = fractal(uv * vec2(6.0, 120.0), 2, foot * 120.0, m.seed + 5);
    look.albedo = mix(m.a, m.c, clamp(rings * 1.5 - 0.25, 0.0, 1.0)) * (1.0 + 0.2 * (fibre - 0.5));
    if (m.cell.x > 0.0) {
        vec4 panel = tile_at(uv, m.cell, 0.0);
        look.albedo *= 1.0 + 0.15 * m.variety * (hash(ivec2(panel.zw), m.seed + 6) - 0.5);
        look.albedo = mix(look.albedo, m.b, joint(panel.xy, m.cell, m.gap, foot) * 0.8);
    }
}

// Windows in rows: glass, frame, wall around. `cell` is one window with its share of wall, `variety` the glass share.
void paint_facade(inout Look look, Material m, vec2 uv, float foot, vec3 world) {
    vec4 window = tile_at(uv, m.cell, 0.0);
    ivec2 number = ivec2(window.zw);
    vec2 half_glass = m.cell * vec2(0.5, 0.42) * m.variety;
    vec2 off = abs(window.xy - m.cell * vec2(0.5, 0.52));
    float glass = clamp(min(half_glass.x - off.x, half_glass.y - off.y) / max(foot, 1e-4) + 0.5, 0.0, 1.0);
    float frame = max(band(off.x, 0.03, foot), band(off.y - half_glass.y * 0.3, 0.025, foot));
    vec2 out_ = off - half_glass;
    float rim = band(max(out_.x, out_.y), 0.05, foot);
    float grit = fractal(uv * 20.0, 4, foot * 20.0, m.seed + 2);
    vec3 wall = m.a * (1.0 + 0.2 * (grit - 0.5)) * (1.0 + 0.15 * (fractal(uv * 0.3, 3, foot * 0.3, m.seed + 4) - 0.5));
    if (m.gap > 0.0) {
        vec4 brick = tile_at(uv, vec2(0.22, 0.075), 0.5);
        float line = joint(brick.xy, vec2(0.22, 0.075), m.gap, foot);
        wall *= (0.8 + 0.4 * hash(ivec2(brick.zw), m.seed + 5)) * (1.0 - 0.25 * line);
    }
    vec3 chance = hash3(number, m.seed);
    float blind = step(0.6, chance.x) * step((window.y - m.cell.y * 0.1) / m.cell.y, 0.3 + 0.5 * chance.y);
    vec3 pane = mix(m.c * (0.4 + 0.9 * chance.z) * (1.0 + 1.2 * (noise(uv * 0.7, m.seed + 7) - 0.5)), vec3(0.55), 0.5 * (1.0 - blind) * step(0.6, chance.x));
    look.albedo = mix(wall, mix(pane, m.b, frame), glass);
    look.albedo = mix(look.albedo, m.b, rim);
    look.mirror = 0.25 * glass;
    look.roughness = 0.04;
    look.emission = pane * m.glow * glass * step(0.55, chance.y) * (0.5 + chance.z);
}

// Folded cloth hanging down: garments on a rack, curtains. `tint` gives the colour.
void paint_cloth(inout Look look, Material m, vec2 uv, float foot) {
    float fold = noise(vec2(uv.x * 14.0, uv.y * 1.2), m.seed) - 0.5;
    look.albedo = m.a * (1.0 + 0.7 * fold) * (1.0 + 0.25 * (fractal(uv * 90.0, 2, foot * 90.0, m.seed + 2) - 0.5));
    look.normal = normalize(look.normal + 0.5 * fold * vec3(look.normal.y, -look.normal.x, 0.0));
}

// Boxed and bagged goods: a label, a stripe and print on the carton's colour, which `tint` gives.
void paint_package(inout Look look, Material m, vec2 uv, float foot, vec3 tint) {
    int salt = int(dot(tint, vec3(911.0, 577.0, 313.0)) * 8.0);
    vec3 chance = hash3(ivec2(salt, 3), m.seed);
    vec2 at = uv / max(m.cell, vec2(0.02));
    vec3 label = mix(vec3(0.8), hash3(ivec2(salt, 7), m.seed), 0.45);
    vec3 inverse = label / max(tint, vec3(0.03));
    float patch = band(at.x - 0.5, 0.2 + 0.25 * chance.x, foot / m.cell.x) * band(at.y - 0.5 - 0.2 * (chance.z - 0.5), 0.08 + 0.22 * chance.y, foot / m.cell.y);
    look.albedo = mix(m.a, inverse * 0.8, patch);
    float print = step(0.55, noise(uv * vec2(130.0, 70.0), m.seed + salt)) * (1.0 - smoothstep(0.004, 0.012, foot));
    look.albedo *= 1.0 - 0.55 * patch * print;
    float stripe = band(at.y - 0.12 - 0.7 * chance.y, 0.03 + 0.05 * chance.x, foot / m.cell.y);
    look.albedo = mix(look.albedo, hash3(ivec2(salt, 11), m.seed) / max(tint, vec3(0.03)), 0.8 * stripe * step(0.5, chance.z));
}

// A rounded limb from a to b, half as wide as `half_width`: x coverage, y shading from side to side in [-1, 1].
vec2 limb(vec2 p, vec2 a, vec2 b, float half_width, float soft) {
    vec2 along = b - a, off = p - a;
    float share = clamp(dot(off, along) / dot(along, along), 0.0, 1.0);
    vec2 beside = off - along * share;
    float side = (along.x * off.y - along.y * off.x) / (length(along) * half_width);
    return vec2(band(length(beside), half_width, soft), clamp(side, -1.0, 1.0));
}

vec3 over(vec3 colour, vec3 paint, vec2 shape) {
    return mix(colour, paint * (0.72 + 0.4 * shape.y * (1.0 - 0.4 * abs(shape.y))), shape.x);
}

// An advertisement: a blurred scene, somebody in it, lines of print. `cell` is the poster's size.
void paint_poster(inout Look look, Material m, vec2 uv, float foot) {
    vec2 at = uv / m.cell;
    float soft = max(foot / m.cell.y, 0.008);
    vec3 chance = hash3(ivec2(1, 1), m.seed), pose = hash3(ivec2(2, 2), m.seed), dyes = hash3(ivec2(3, 3), m.seed);
    float scene = fractal(at * vec2(3.0, 2.0) + chance.xy * 9.0, 4, soft, m.seed);
    vec3 colour = mix(m.a, m.b, clamp(at.y * 0.8 + 1.2 * (scene - 0.4), 0.0, 1.0));
    colour *= 0.8 + 0.4 * fractal(at * 7.0, 3, soft * 7.0, m.seed + 40);
    // the figure: from head to foot, or larger and cut off by the lower edge
    float size = chance.z < 0.5 ? 0.86 : 1.5;
    vec2 p = vec2((at.x - 0.5 - 0.25 * (chance.x - 0.5)) * m.cell.x / m.cell.y, at.y - 0.92) / size;
    vec3 skin = mix(vec3(0.16, 0.08, 0.05), vec3(0.62, 0.40, 0.30), chance.y);
    dyes = mix(vec3(dot(dyes, vec3(0.33))), dyes, 0.55);
    vec3 top = 0.5 * dyes * dyes + 0.02, legs = vec3(0.03, 0.035, 0.06) + 0.2 * pose * pose;
    float lean = 0.05 * (pose.x - 0.5), bend = 0.05 + 0.1 * pose.y;
    vec2 neck = vec2(lean, -0.155), hip = vec2(-lean * 0.4, -0.50);
    soft /= size;
    for (int side = -1; side <= 1; side += 2) {
        float s = float(side), open_ = 0.03 + 0.05 * pose.z;
        vec2 knee = hip + vec2(s * (0.045 + open_ * 0.5), -0.24);
        colour = over(colour, legs, limb(p, hip + vec2(s * 0.04, 0.0), knee, 0.042, soft));
        colour = over(colour, legs, limb(p, knee, knee + vec2(s * open_ * 0.4, -0.22), 0.031, soft));
        vec2 shoulder = neck + vec2(s * 0.085, -0.035), elbow = shoulder + vec2(s * bend, -0.15);
        colour = over(colour, mix(top, skin, step(0.5, chance.x)), limb(p, elbow, elbow + vec2(-s * bend * 0.5, -0.13), 0.022, soft));
        colour = over(colour, top, limb(p, shoulder, elbow, 0.028, soft));
    }
    colour = over(colour, top * (0.85 + 0.3 * noise(p * 25.0, m.seed + 4)), limb(p, neck + vec2(0.0, -0.07), hip + vec2(0.0, -0.01), 0.083, soft));
    colour = over(colour, skin, limb(p, neck, neck + vec2(0.0, 0.06), 0.03, soft));
    colour = over(colour, 0.15 * skin, limb(p, vec2(lean, -0.05 - 0.08 * pose.z), vec2(lean, -0.045), 0.062, soft));
    colour = over(colour, skin, limb(p, vec2(lean, -0.075), vec2(lean, -0.065), 0.044, soft));
    float fine = smoothstep(0.01, 0.03, foot);
    float lines = step(0.45, fract(at.y * 26.0)) * step(noise(vec2(at.x * 40.0, floor(at.y * 26.0) * 7.0), m.seed + 6), 0.62);
    float text = band(at.x - (pose.z > 0.5 ? 0.8 : 0.2), 0.13, soft) * band(at.y - 0.25, 0.1, soft);
    text += band(at.x - 0.5, 0.42, soft) * band(at.y - (pose.x > 0.5 ? 0.95 : 0.06), 0.035, soft);
    colour = mix(colour, m.c, min(text, 1.0) * mix(lines, 0.35, fine));
    vec2 rim = min(at, 1.0 - at) * m.cell;
    colour = mix(colour, vec3(0.06), 1.0 - smoothstep(0.015, 0.02, min(rim.x, rim.y)));
    look.albedo = colour;
    look.emission = colour * m.glow;
}

// A pane onto a bright outside, or a lamp's diffuser: glow with a frame every `cell`.
void paint_glow(inout Look look, Material m, vec2 uv, float foot) {
    vec4 pane = tile_at(uv, m.cell, 0.0);
    float frame = joint(pane.xy, m.cell, m.gap, foot);
    float clouds = fractal(uv * vec2(0.8, 1.4), 4, foot, m.seed);
    vec3 view = mix(m.c, m.a, smoothstep(0.25, 0.55, uv.y / max(m.bump, 0.1) + 0.5 * (clouds - 0.5)));
    look.albedo = mix(m.a * 0.3, m.b, frame);
    look.emission = m.glow * view * (1.0 - frame) * (0.9 + 0.3 * (clouds - 0.5));
}

void paint_stripes(inout Look look, Material m, vec2 uv, float foot) {
    float along = (uv.x + uv.y * m.variety) / m.cell.x;
    float soft = foot / m.cell.x;
    float odd = clamp((0.25 - abs(fract(along) - 0.5)) / max(soft, 1e-4) + 0.5, 0.0, 1.0);
    look.albedo = mix(m.a, m.c, odd);
}

// Dashed or solid paint on a road, worn off in places.
void paint_marking(inout Look look, Material m, vec2 uv, float foot) {
    float worn = smoothstep(0.42, 0.6, fractal(uv * 9.0, 4, foot * 9.0, m.seed));
    look.albedo = mix(m.a, m.b, worn * m.wear);
}

void paint_foliage(inout Look look, Material m, vec2 uv, float foot, vec3 world) {
    float leaves = fractal(world.xy * 9.0 + world.z * 7.0, 3, foot * 9.0, m.seed);
    float light = fractal(uv * 40.0, 2, foot * 40.0, m.seed + 4);
    look.albedo = mix(m.a, m.c, clamp(1.6 * leaves - 0.3, 0.0, 1.0)) * (0.7 + 0.6 * light);
}

void paint_metal(inout Look look, Material m, vec2 uv, float foot) {
    float brushed = fractal(uv * vec2(4.0, 220.0), 2, foot * 220.0, m.seed);
    look.albedo = m.a * (1.0 + 0.12 * (brushed - 0.5));
}
