// How much of the sky a surface sees, and how far nearby things close it in: one sample for each pixel of the picture,
// with half of the directions; the neighbours have the other half, and `smooth_fragment` brings them together.

uniform sampler2D normal_map;       // of the geometry pass, four samples to a pixel
uniform sampler2D depth_map;
uniform sampler2D sky_shadows;      // depth towards each of 24 directions of the sky, 6 x 4 tiles
uniform sampler2D direction_table;  // row per direction: 3 texels of a matrix to its tile's depth; its unit vector
uniform mat4 to_clip;
uniform mat4 from_clip;
uniform vec3 eye;
uniform vec2 size;
uniform float sky_texel_m;

layout(location = 0) out vec4 out_open;   // share of the sky that is open, share of near surroundings that is
layout(location = 1) out vec4 out_place;  // plan coordinates

const int COLUMNS = 6;
const int ROWS = 4;
const float SOFTNESS = 10.0 / 512.0;  // texels of a tile over which shadows of the sky are spread
const float NEAR_RADIUS = 0.35;  // m, within which corners darken
const int PROBES = 8;

vec3 place_at(vec2 pixel, float depth) {
    vec4 seen = from_clip * vec4(vec3(pixel / size, depth) * 2.0 - 1.0, 1.0);
    return seen.xyz / seen.w;
}

float open_share(vec3 position, vec3 normal, int half_) {
    float open = 0.0, whole = 0.0;
    vec4 from = vec4(position + normal * (1.5 * sky_texel_m), 1.0);
    for (int k = half_; k < COLUMNS * ROWS; k += 2) {
        vec3 direction = texelFetch(direction_table, ivec2(3, k), 0).xyz;
        float weight = max(dot(normal, direction), 0.0);
        if (weight <= 0.0) continue;
        vec3 seen = vec3(dot(texelFetch(direction_table, ivec2(0, k), 0), from),
                         dot(texelFetch(direction_table, ivec2(1, k), 0), from),
                         dot(texelFetch(direction_table, ivec2(2, k), 0), from));
        whole += weight;
        // scattered, so that 24 hard shadows become one soft one
        seen.xy += (vec2(hash(ivec2(gl_FragCoord.xy), k), hash(ivec2(gl_FragCoord.xy), k + 64)) - 0.5) * SOFTNESS;
        if (any(lessThan(seen.xy, vec2(0.0))) || any(greaterThan(seen.xy, vec2(1.0)))) {
            open += weight;
            continue;
        }
        vec2 tile = vec2(k % COLUMNS, k / COLUMNS);
        float nearest = textureLod(sky_shadows, (tile + clamp(seen.xy, 0.002, 0.998)) / vec2(COLUMNS, ROWS), 0.0).r;
        open += weight * step(seen.z, nearest + 0.0004);
    }
    return whole > 0.0 ? open / whole : 1.0;
}

// How far nearby things close a corner in, 0 (open) to 1, from eight points of the half-sphere.
float corner(vec3 position, vec3 normal, float turn) {
    float hidden = 0.0;
    float distance_m = length(position - eye);
    vec3 helper = abs(normal.z) < 0.9 ? vec3(0, 0, 1) : vec3(1, 0, 0);
    vec3 tangent = normalize(cross(helper, normal)), bitangent = cross(normal, tangent);
    for (int k = 0; k < PROBES; k++) {
        float number = float(k);
        float angle = number * 2.39996 + turn, rise = sqrt((number + 0.5) / float(PROBES));
        float out_ = sqrt(1.0 - rise * rise) * 0.95;
        vec3 ray = tangent * cos(angle) * out_ + bitangent * sin(angle) * out_ + normal * (rise + 0.05);
        vec3 probe = position + ray * NEAR_RADIUS * (0.2 + 0.8 * fract(number * 0.618 + turn * 0.37));
        vec4 seen = to_clip * vec4(probe, 1.0);
        vec3 ndc = seen.xyz / seen.w * 0.5 + 0.5;
        if (any(lessThan(ndc.xy, vec2(0.0))) || any(greaterThan(ndc.xy, vec2(1.0)))) continue;
        float depth = textureLod(depth_map, ndc.xy, 0.0).r;
        if (depth >= ndc.z - 1e-7 * distance_m) continue;
        float gap = length(place_at(ndc.xy * size, depth) - position);
        hidden += 1.0 - smoothstep(NEAR_RADIUS, NEAR_RADIUS * 2.0, gap);
    }
    return hidden / float(PROBES);
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy), sample_at = at * 2 + (at & 1);
    float depth = texelFetch(depth_map, sample_at, 0).r;
    vec3 position = place_at(vec2(sample_at) + 0.5, depth);
    out_place = vec4(position, 1.0);
    out_open = vec4(1.0);
    if (depth >= 1.0) return;
    vec3 normal = normalize(texelFetch(normal_map, sample_at, 0).xyz);
    float turn = 6.2832 * hash(at, 7);
    out_open.r = open_share(position, normal, (at.x + at.y) & 1);
    out_open.g = 1.0 - corner(position, normal, turn);
}
