// Adds what shiny surfaces mirror, found by marching through the depth of the picture itself.

uniform sampler2D light_map;
uniform sampler2D normal_map;
uniform sampler2D emission_map;
uniform sampler2D depth_map;
uniform mat4 to_clip;
uniform mat4 from_clip;
uniform vec3 eye;
uniform vec2 size;

out vec4 out_light;

const int STEPS = 40;
const float REACH_M = 9.0;

vec3 place_at(vec2 share, float depth) {
    vec4 seen = from_clip * vec4(vec3(share, depth) * 2.0 - 1.0, 1.0);
    return seen.xyz / seen.w;
}

float scatter(vec2 at, float salt) {
    return fract(52.9829189 * fract(dot(at + salt * 17.3, vec2(0.06711056, 0.00583715))));
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec4 light = texelFetch(light_map, at, 0);
    out_light = light;
    float depth = texelFetch(depth_map, at, 0).r;
    if (light.a < 0.004 || depth >= 1.0) return;
    vec3 position = place_at(gl_FragCoord.xy / size, depth);
    vec3 normal = normalize(texelFetch(normal_map, at, 0).xyz);
    float roughness = texelFetch(emission_map, at, 0).a;
    vec3 jitter = vec3(scatter(gl_FragCoord.xy, 0.0), scatter(gl_FragCoord.xy, 1.0), scatter(gl_FragCoord.xy, 2.0)) - 0.5;
    vec3 sight = normalize(position - eye);
    vec3 ray = normalize(reflect(sight, normal) + jitter * roughness * 0.9);
    if (dot(ray, normal) < 0.02) return;
    float share = light.a + (1.0 - light.a) * pow(1.0 - max(dot(-sight, normal), 0.0), 5.0) * min(light.a * 8.0, 1.0);
    float start = scatter(gl_FragCoord.xy, 3.0);
    vec3 mirrored = vec3(-1.0);
    float before = 0.02;
    for (int k = 0; k < STEPS; k++) {
        float along = (float(k) + start) / float(STEPS);
        along = 0.02 + REACH_M * along * along;
        vec4 seen = to_clip * vec4(position + ray * along, 1.0);
        vec3 ndc = seen.xyz / seen.w * 0.5 + 0.5;
        if (seen.w <= 0.0 || any(lessThan(ndc.xy, vec2(0.0))) || any(greaterThan(ndc.xy, vec2(1.0)))) break;
        float found = textureLod(depth_map, ndc.xy, 0.0).r;
        if (found < ndc.z) {
            float behind = distance(place_at(ndc.xy, ndc.z), place_at(ndc.xy, found));
            if (behind < 2.0 * (along - before) + 0.1) {
                mirrored = textureLod(light_map, ndc.xy, 0.0).rgb;
                break;
            }
        }
        before = along;
    }
    // nothing found: what is mirrored lies outside the picture, about as bright as the surface itself
    if (mirrored.r >= 0.0) out_light.rgb = mix(light.rgb, min(mirrored, vec3(6.0)), share);
}
