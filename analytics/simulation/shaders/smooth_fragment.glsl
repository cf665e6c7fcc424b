// Averages openness over neighbours on the same surface.

uniform sampler2D open_map;
uniform sampler2D place_map;
uniform sampler2D normal_map;
uniform vec3 eye;

out vec4 out_open;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy), last = textureSize(open_map, 0) - 1;
    vec3 place = texelFetch(place_map, at, 0).xyz;
    vec3 normal = normalize(texelFetch(normal_map, at * 2 + (at & 1), 0).xyz);
    float slack = 0.01 + 0.004 * distance(place, eye);
    vec2 total = vec2(0.0);
    float whole = 0.0;
    for (int y = -3; y <= 3; y++) {
        for (int x = -3; x <= 3; x++) {
            ivec2 near = clamp(at + ivec2(x, y), ivec2(0), last);
            float off = abs(dot(texelFetch(place_map, near, 0).xyz - place, normal)) / slack;
            float weight = exp(-off * off - 0.07 * float(x * x + y * y));
            total += weight * texelFetch(open_map, near, 0).rg;
            whole += weight;
        }
    }
    out_open = vec4(total / whole, 0.0, 1.0);
}
