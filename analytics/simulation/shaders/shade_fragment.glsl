// Lights the surfaces of the geometry pass. Each pixel of the finished picture has four of these, and each takes
// another quarter of the directions in which surroundings may hide sky, lamps and sun.

uniform sampler2D albedo_map;
uniform sampler2D normal_map;
uniform sampler2D emission_map;
uniform sampler2D depth_map;
uniform sampler2D sky_shadows;      // depth towards each of 24 directions of the sky, 6 x 4 tiles
uniform sampler2D sun_shadow;
uniform sampler2D direction_table;  // row per direction: 3 texels of a matrix to its tile's depth; its unit vector
uniform mat4 to_clip;
uniform mat4 from_clip;
uniform mat4 to_sun;
uniform vec3 eye;
uniform vec2 size;
uniform float sky_texel_m;
uniform float sun_texel_m;
uniform vec3 sky_zenith;
uniform vec3 sky_horizon;
uniform float seed;

out vec4 out_light;

const int COLUMNS = 6;
const int ROWS = 4;
const float SOFTNESS = 10.0 / 512.0;  // texels of a tile over which shadows of the sky are spread
const float NEAR_RADIUS = 0.35;  // m, within which corners darken

vec3 place_at(vec2 pixel, float depth) {
    vec4 seen = from_clip * vec4(vec3(pixel / size, depth) * 2.0 - 1.0, 1.0);
    return seen.xyz / seen.w;
}

float open_share(vec3 position, vec3 normal, int quarter) {
    float open = 0.0, whole = 0.0;
    vec4 from = vec4(position + normal * (1.5 * sky_texel_m), 1.0);
    for (int k = quarter; k < COLUMNS * ROWS; k += 4) {
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

float sun_share(vec3 position, vec3 normal, int quarter) {
    vec3 seen = (to_sun * vec4(position + normal * (1.5 * sun_texel_m), 1.0)).xyz * 0.5 + 0.5;
    if (any(lessThan(seen, vec3(0.0))) || any(greaterThan(seen, vec3(1.0)))) return 1.0;
    vec2 texel = 1.0 / vec2(textureSize(sun_shadow, 0));
    vec2 shift = vec2(quarter & 1, quarter >> 1) - 0.5;
    float lit = 0.0;
    for (int k = 0; k < 4; k++) {
        vec2 tap = seen.xy + texel * (shift + vec2(k & 1, k >> 1) * 1.6 - 0.8);
        lit += step(seen.z, textureLod(sun_shadow, tap, 0.0).r + 0.0003);
    }
    return lit / 4.0;
}

// How far nearby things close a corner in, 0 (open) to 1, from six points of the half-sphere.
float corner(vec3 position, vec3 normal, int quarter, float turn) {
    float hidden = 0.0;
    float distance_m = length(position - eye);
    vec3 helper = abs(normal.z) < 0.9 ? vec3(0, 0, 1) : vec3(1, 0, 0);
    vec3 tangent = normalize(cross(helper, normal)), bitangent = cross(normal, tangent);
    for (int k = 0; k < 6; k++) {
        float number = float(k * 4 + quarter);
        float angle = number * 2.39996 + turn, rise = sqrt((number + 0.5) / 24.0);
        float out_ = sqrt(1.0 - rise * rise) * 0.95;
        vec3 ray = tangent * cos(angle) * out_ + bitangent * sin(angle) * out_ + normal * (rise + 0.05);
        vec3 probe = position + ray * NEAR_RADIUS * (0.2 + 0.8 * fract(number * 0.618));
        vec4 seen = to_clip * vec4(probe, 1.0);
        vec3 ndc = seen.xyz / seen.w * 0.5 + 0.5;
        if (any(lessThan(ndc.xy, vec2(0.0))) || any(greaterThan(ndc.xy, vec2(1.0)))) continue;
        float depth = textureLod(depth_map, ndc.xy, 0.0).r;
        if (depth >= ndc.z - 1e-7 * distance_m) continue;
        float gap = length(place_at(ndc.xy * size, depth) - position);
        hidden += 1.0 - smoothstep(NEAR_RADIUS, NEAR_RADIUS * 2.0, gap);
    }
    return hidden / 6.0;
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    float depth = texelFetch(depth_map, at, 0).r;
    vec3 position = place_at(gl_FragCoord.xy, depth);
    if (depth >= 1.0) {
        out_light = vec4(sky_colour(normalize(position - eye), sky_zenith, sky_horizon, sun_direction, sun_rgb, seed), 0);
        return;
    }
    vec4 albedo = texelFetch(albedo_map, at, 0);
    vec4 facing = texelFetch(normal_map, at, 0);
    vec4 emission = texelFetch(emission_map, at, 0);
    vec3 normal = normalize(facing.xyz);
    int room = int(facing.w + 0.5);
    int quarter = (at.x & 1) + 2 * (at.y & 1);
    float turn = float(((at.x >> 1) * 7 + (at.y >> 1) * 3) % 16) * 0.3927;
    float closed = corner(position, normal, quarter, turn);
    float open = open_share(position, normal, quarter) * (1.0 - 0.8 * closed);
    float sun = dot(sun_rgb, vec3(1)) > 0.0 ? sun_share(position, normal, quarter) : 0.0;
    vec3 light = light_at(position, normal, room, open, sun) * (1.0 - 0.25 * closed);
    out_light = vec4(albedo.rgb * light + emission.rgb, albedo.a);
}
