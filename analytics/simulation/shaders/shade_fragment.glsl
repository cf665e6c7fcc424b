// Lights the surfaces of the geometry pass, four samples to a pixel of the picture.

uniform sampler2D albedo_map;
uniform sampler2D normal_map;
uniform sampler2D emission_map;
uniform sampler2D depth_map;
uniform sampler2D open_map;    // see occlusion_fragment.glsl
uniform sampler2D place_map;
uniform sampler2D sun_shadow;
uniform mat4 from_clip;
uniform mat4 to_sun;
uniform vec3 eye;
uniform vec2 size;
uniform float sun_texel_m;
uniform vec3 sky_zenith;
uniform vec3 sky_horizon;
uniform float seed;

out vec4 out_light;

vec3 place_at(vec2 pixel, float depth) {
    vec4 seen = from_clip * vec4(vec3(pixel / size, depth) * 2.0 - 1.0, 1.0);
    return seen.xyz / seen.w;
}

// Openness of the surface here from the four nearest samples that lie on it.
vec2 openness(ivec2 at, vec3 position, vec3 normal) {
    ivec2 last = textureSize(open_map, 0) - 1;
    ivec2 near = at >> 1, beside = 2 * (at & 1) - 1;
    vec2 total = vec2(0.0);
    float whole = 0.0;
    for (int k = 0; k < 4; k++) {
        ivec2 tap = clamp(near + beside * ivec2(k & 1, k >> 1), ivec2(0), last);
        float off = abs(dot(texelFetch(place_map, tap, 0).xyz - position, normal));
        float weight = (k == 0 ? 1.0 : 0.4) / (0.004 + off);
        total += weight * texelFetch(open_map, tap, 0).rg;
        whole += weight;
    }
    return total / whole;
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
    vec2 share = openness(at, position, normal);
    float closed = 1.0 - share.y;
    float open = share.x * (1.0 - 0.8 * closed);
    float sun = dot(sun_rgb, vec3(1)) > 0.0 ? sun_share(position, normal, quarter) : 0.0;
    vec3 light = light_at(position, normal, room, open, sun) * (1.0 - 0.25 * closed);
    out_light = vec4(albedo.rgb * light + emission.rgb, albedo.a);
}
