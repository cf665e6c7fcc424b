// What a surface looks like at a point: rows of `material_table` are written by surfaces.py.

uniform sampler2D material_table;

struct Look {
    vec3 albedo;
    float mirror;
    vec3 normal;
    vec3 emission;
    float roughness;
};

struct Material {
    int pattern;
    vec3 a, b, c;
    float mirror, roughness;
    vec2 cell;      // m
    float gap;      // m
    float variety;  // how much cells differ, [0, 1]
    float wear;     // stains and scuffs, [0, 1]
    float bump;
    float glow;
    int seed;
};

Material material_at(int row) {
    vec4 t0 = texelFetch(material_table, ivec2(0, row), 0), t1 = texelFetch(material_table, ivec2(1, row), 0);
    vec4 t2 = texelFetch(material_table, ivec2(2, row), 0), t3 = texelFetch(material_table, ivec2(3, row), 0);
    vec4 t4 = texelFetch(material_table, ivec2(4, row), 0);
    return Material(int(t0.a + 0.5), t0.rgb, t1.rgb, t2.rgb, t1.a, t2.a, t3.xy, t3.z, t3.w, t4.x, t4.y, t4.z,
                    int(t4.w + 0.5));
}
