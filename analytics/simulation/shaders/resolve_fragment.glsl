// Four samples to one pixel; bright ones weigh less, so that edges of lamps and windows stay smooth.

uniform sampler2D light_map;
out vec4 out_light;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy) * 2;
    vec4 total = vec4(0.0);
    for (int k = 0; k < 4; k++) {
        vec3 light = max(texelFetch(light_map, at + ivec2(k & 1, k >> 1), 0).rgb, vec3(0.0));
        float weight = 1.0 / (1.0 + dot(light, vec3(0.2126, 0.7152, 0.0722)));
        total += vec4(light, 1.0) * weight;
    }
    out_light = vec4(total.rgb / total.a, 1.0);
}
