Look look_of(int row, vec2 uv, vec3 world, vec3 normal, vec3 tint) {
    Material m = material_at(row);
    vec2 widths = fwidth(uv);
    float foot = max(widths.x, widths.y);
    Look look = Look(m.a, m.mirror, normal, m.a * m.glow, m.roughness);
    paint(look, m, uv, foot, world, tint);
    look.albedo *= tint;
    float blotches = fractal(uv * 0.9, 4, foot * 0.9, m.seed + 5);
    float grain = fractal(uv * 23.0, 3, foot * 23.0, m.seed + 9);
    float stain = smoothstep(0.58, 0.75, fractal(uv * 0.6 + 31.0, 5, foot * 0.6, m.seed + 13)) * m.wear;
    look.albedo *= (1.0 + m.wear * 0.5 * (blotches - 0.5)) * (1.0 + m.wear * 0.35 * (grain - 0.5)) * (1.0 - 0.35 * stain);
    look.mirror *= 1.0 - 0.6 * stain;
    look.albedo = clamp(look.albedo, 0.0, 0.95);
    return look;
}
