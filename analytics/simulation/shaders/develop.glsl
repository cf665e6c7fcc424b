// A camera's answer to exposed linear light, for the 8-bit picture: a knee above 0.6, then sRGB.
vec3 develop(vec3 light) {
    vec3 bent = mix(light, 1.0 - 0.4 * exp(-(light - 0.6) / 0.4), step(0.6, light));
    return mix(12.92 * bent, 1.055 * pow(max(bent, 0.0031308), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, bent));
}
