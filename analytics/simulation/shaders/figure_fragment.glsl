// What a point of a dressed person looks like. Follows figure_block.glsl and develop.glsl.
//
// llvmpipe runs every branch for every pixel: noise comes from a texture, and shadows have a program of their own.

uniform vec3 eye;
uniform sampler2D grain;         // see people/grain.py

in vec3 rest;
in vec3 rest_normal;
in vec3 normal;
in vec3 world;
in vec2 place;

layout(location = 0) out vec4 colour;
layout(location = 1) out float number;

const int SKIN = 0, HAIR = 1, TOP = 2, BOTTOM = 3, SHOES = 4, OUTER = 5, BAG = 6, HAT = 7, SCARF = 8;
const float ARM_M = 0.55;

vec4 grain_at(vec2 at) { return textureLod(grain, at / 32.0, 0.0); }

float scalp_edge(float forward, float front) {
    if (forward < -0.1) return -0.75;
    if (forward < 0.35) return mix(-0.1, 0.2, (forward + 0.1) / 0.45);
    return mix(0.2, 0.62, clamp((forward - 0.35) / (front - 0.35), 0.0, 1.0));
}

int head_slot(vec3 inside) {
    float edge = scalp_edge(inside.x, limits[4].x) + 0.08 * (grain_at(rest.yx * 60.0).b - 0.5);
    float gear = limits[2].w;
    if (gear > 2.5) return inside.x > 0.42 && abs(inside.y) < 0.55 && inside.z < 0.55 ? SKIN : HAT;
    if (gear > 1.5) return inside.x > 0.35 && inside.z < 0.6 ? SKIN : OUTER;
    if (gear > 0.5 && inside.z > 0.33) return HAT;
    return inside.z > edge ? HAIR : SKIN;
}

bool is_strap() {
    float kind = limits[4].w;
    if (kind > 0.5 && kind < 1.5) return rest_normal.x > 0.0 && abs(abs(rest.y) - 0.105) < 0.022;
    if (kind > 1.5) return abs((rest.z - limits[1].x) - 1.9 * (-rest.y + 0.02)) < 0.035 && rest.y < 0.17;
    return false;
}

int slot_of() {
    if (place.y > 0.5) return int(place.y - 0.5);
    float neck = limits[0].z;
    vec3 inside = (rest - limits[3].xyz) / limits[3].w;
    bool arm = place.x > 0.0;
    if (!arm && rest.z > neck + 0.01 && inside.z > -1.15) return head_slot(inside);
    if (arm) {
        if (place.x < limits[2].x) return OUTER;
        return place.x < limits[0].x ? TOP : SKIN;
    }
    bool front = rest_normal.x > 0.0;
    float gap = limits[2].z;
    bool shows_inner = gap > 0.0 && front && abs(rest.y) < gap * mix(0.7, 1.3, clamp((neck - rest.z) * 2.0, 0.0, 1.0));
    if (is_strap() && rest.z > limits[1].x && rest.z < neck + 0.03) return BAG;
    if (rest.z > limits[2].y && rest.z < neck + 0.025 && !shows_inner) return OUTER;
    float cut = front ? limits[0].w * max(0.0, 1.0 - abs(rest.y) / 0.08) : 0.0;
    if (rest.z > limits[0].y && rest.z < neck + 0.012 - cut) return TOP;
    if (rest.z < limits[1].z) return SHOES;
    return rest.z < limits[1].x && rest.z > limits[1].y ? BOTTOM : SKIN;
}

vec2 cloth_place() {
    bool across_front = abs(rest_normal.x) >= abs(rest_normal.y);
    if (place.x > 0.0) return vec2(across_front ? rest.z * 0.7 : rest.x, -place.x * ARM_M);
    return vec2(across_front ? rest.y : rest.x + 0.37, rest.z);
}

float pulse(float value, float share, float soft) {
    float inside = abs(fract(value) - 0.5);
    return smoothstep(0.5 * share + soft, 0.5 * share - soft, inside);
}

// Share of the accent colour at a place of the cloth.
float pattern_share(int pattern, vec2 at, float scale, float seed) {
    vec2 cell = at / scale + seed;
    float soft = clamp(fwidth(cell.x) + fwidth(cell.y), 0.02, 0.5) * 0.5;
    if (pattern == 1) return pulse(cell.y, 0.4, soft);
    if (pattern == 2) return pulse(cell.x * 1.5, 0.35, soft);
    if (pattern == 3) return mix(pulse(cell.x, 0.5, soft), 1.0 - pulse(cell.x, 0.5, soft), pulse(cell.y, 0.5, soft));
    if (pattern == 4) return 0.5 * pulse(cell.x, 0.45, soft) + 0.5 * pulse(cell.y, 0.45, soft)
                             - 0.35 * pulse(cell.x + 0.3, 0.08, soft) - 0.35 * pulse(cell.y + 0.3, 0.08, soft);
    if (pattern == 5) return 1.0 - smoothstep(0.22 - soft, 0.22 + soft, length(fract(cell) - 0.5));
    if (pattern == 6) return 0.16 * grain_at(at * 220.0).b + 0.10 * grain_at(at * 90.0).r;
    if (pattern == 7) return smoothstep(-0.004, 0.004, at.y - mix(1.05, 1.32, fract(seed * 7.1)));
    if (pattern == 8) return pulse(cell.y + 0.5 * abs(fract(cell.x) - 0.5), 0.45, soft);
    if (pattern == 9) return smoothstep(0.46, 0.52, grain_at(cell * 1.6).r);
    if (pattern == 10) return pulse(abs(fract(cell.x) - 0.5) + abs(fract(cell.y) - 0.5), 0.45, soft);
    if (pattern == 11) return smoothstep(0.75, 1.35, at.y + 0.05 * sin(at.x * 30.0));
    return 0.0;
}

// A picture on the chest or the back: blocks of a symmetric or ragged figure.
float print_share(float seed, out vec3 ink) {
    vec2 size = mix(vec2(0.07, 0.06), vec2(0.14, 0.17), vec2(fract(seed * 3.3), fract(seed * 5.7)));
    vec2 at = vec2(rest.y, rest.z - (limits[0].z - 0.22)) / size;
    ink = texelFetch(grain, ivec2(int(seed * 97.0), int(seed * 43.0)) & 255, 0).aba;
    ink.b = texelFetch(grain, ivec2(int(seed * 61.0), int(seed * 29.0)) & 255, 0).a;
    ink.g = texelFetch(grain, ivec2(int(seed * 53.0), int(seed * 31.0)) & 255, 0).a;
    ink = mix(ink, vec3(step(0.5, ink.x)), 0.5);
    bool is_back = rest_normal.x < 0.0;
    if (place.x > 0.0 || max(abs(at.x), abs(at.y)) > 1.0 || (is_back && fract(seed * 11.0) < 0.6)) return 0.0;
    vec2 folded = fract(seed * 13.0) < 0.6 ? vec2(abs(at.x), at.y) : at;
    ivec2 cell = ivec2(floor(folded * mix(2.0, 4.5, fract(seed * 17.0))));
    return step(0.45, texelFetch(grain, (cell + ivec2(int(seed * 131.0), int(seed * 71.0))) & 255, 0).a);
}

vec3 face(vec3 skin, vec3 inside) {
    if (inside.x < 0.35 || place.y > 0.5) return skin;
    if (limits[4].z > 0.5 && inside.z < -0.02 && inside.z > -0.75) return vec3(0.62, 0.72, 0.76);
    float eyes = (1.0 - smoothstep(0.09, 0.16, abs(abs(inside.y) - 0.3))) * (1.0 - smoothstep(0.05, 0.12, abs(inside.z - 0.12)));
    float brows = (1.0 - smoothstep(0.12, 0.2, abs(abs(inside.y) - 0.3))) * (1.0 - smoothstep(0.02, 0.06, abs(inside.z - 0.3)));
    float mouth = (1.0 - smoothstep(0.14, 0.24, abs(inside.y))) * (1.0 - smoothstep(0.03, 0.07, abs(inside.z + 0.45)));
    skin *= 1.0 - 0.6 * eyes - 0.45 * brows;
    return mix(skin, skin * vec3(0.75, 0.5, 0.5), 0.7 * mouth);
}

vec3 linear(vec3 srgb) { return pow(srgb, vec3(2.2)); }

float occlusion(int slot, vec3 n) {
    float open = 1.0;
    bool body = place.y < 0.5;
    float side = sign(rest.y);
    if (body && place.x <= 0.0 && rest.z < limits[1].w + 0.05) open *= 1.0 - 0.5 * max(0.0, -side * rest_normal.y);
    if (body && place.x <= 0.0 && rest.z > limits[1].x && rest.z < limits[0].z) open *= 1.0 - 0.35 * smoothstep(0.6, 1.0, abs(rest_normal.y));
    if (place.x > 0.0) open *= 1.0 - 0.35 * max(0.0, -side * rest_normal.y);
    if (body && abs(rest.z - limits[0].z) < 0.06) open *= 0.8 - 0.2 * rest_normal.z * -1.0;
    open *= mix(0.62, 1.0, smoothstep(0.0, 0.25, world.z));
    return open;
}

void main() {
    if (is_hidden(0.03)) discard;
    number = marks.x / 255.0;
    int slot = slot_of();
    vec4 main_colour = fabrics[3 * slot], accent = fabrics[3 * slot + 1], kind = fabrics[3 * slot + 2];
    vec2 at = cloth_place();
    vec3 inside = (rest - limits[3].xyz) / limits[3].w;
    vec3 base = linear(main_colour.rgb);
    float share = clamp(pattern_share(int(main_colour.a + 0.5), at, accent.a, kind.w), 0.0, 1.0);
    base = mix(base, linear(accent.rgb), share);
    vec3 ink;
    float seed = kind.z;
    if (seed > 0.5 && (slot == TOP || slot == OUTER) && print_share(seed, ink) > 0.5) base = linear(ink);
    if (slot == SKIN) base = face(base, inside);

    bool is_hair = slot == HAIR;
    float creases = grain_at(is_hair ? vec2((rest.y + rest.x) * 110.0, rest.z * 9.0) : at * vec2(9.0, 15.0) + kind.w * 31.0).r - 0.5;
    float slants = is_hair ? 0.0 : grain_at(vec2(at.x + at.y, at.x - at.y) * 13.0 + kind.w * 17.0).g - 0.5;
    vec3 n = normalize(normal);
    vec3 to_eye = normalize(eye - world);
    if (dot(n, to_eye) < -0.1) n = -n;
    n = normalize(n + kind.x * (creases * vec3(0.9, -0.9, 1.5) + slants * vec3(-0.8, 1.0, 0.9)));
    base *= 1.0 + kind.x * 0.28 * (creases + slants);

    float open = occlusion(slot, n);
    vec3 key = key_rgb.rgb * max(0.0, (dot(n, key_direction.xyz) + 0.2) / 1.2);
    vec3 light = mix(below_rgb.rgb, above_rgb.rgb, 0.5 + 0.5 * n.z) * open + key * mix(0.55, 1.0, open);
    vec3 half_way = normalize(key_direction.xyz + to_eye);
    vec3 shine = kind.y * 0.35 * key_rgb.rgb * pow(max(0.0, dot(n, half_way)), 22.0);
    colour = vec4(develop(base * light + shine), 1.0);
}
