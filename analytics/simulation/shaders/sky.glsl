vec3 sky_colour(vec3 sight, vec3 zenith, vec3 horizon, vec3 sun, vec3 sun_light, float seed) {
    float height = max(sight.z, 0.0);
    vec3 colour = mix(horizon, zenith, pow(height, 0.5));
    vec2 plane = sight.xy / (height + 0.12) * 1.2 + seed;
    float cloud = fractal(plane, 5, 0.01, 77);
    colour = mix(colour, horizon * 1.25, smoothstep(0.5, 0.72, cloud) * 0.8 * smoothstep(0.0, 0.1, height));
    return colour + sun_light * 0.15 * pow(max(dot(sight, sun), 0.0), 40.0);
}
