// The numbers are those of `Pattern` in surfaces.py.
void paint(inout Look look, Material m, vec2 uv, float foot, vec3 world, vec3 tint) {
    switch (m.pattern) {
        case 1: paint_tiles(look, m, uv, foot, 0.0); break;
        case 2: paint_checker(look, m, uv, foot); break;
        case 3: paint_planks(look, m, uv, foot); break;
        case 4: paint_carpet(look, m, uv, foot); break;
        case 5: paint_marble(look, m, uv, foot); break;
        case 6: paint_concrete(look, m, uv, foot); break;
        case 7: paint_terrazzo(look, m, uv, foot); break;
        case 8: paint_grass(look, m, uv, foot); break;
        case 9: paint_brick(look, m, uv, foot); break;
        case 10: paint_wall(look, m, uv, foot); break;
        case 11: paint_wood(look, m, uv, foot); break;
        case 12: paint_facade(look, m, uv, foot, world); break;
        case 13: paint_cloth(look, m, uv, foot); break;
        case 14: paint_package(look, m, uv, foot, tint); break;
        case 15: paint_poster(look, m, uv, foot); break;
        case 16: paint_glow(look, m, uv, foot); break;
        case 17: paint_stripes(look, m, uv, foot); break;
        case 18: paint_marking(look, m, uv, foot); break;
        case 19: paint_foliage(look, m, uv, foot, world); break;
        case 20: paint_metal(look, m, uv, foot); break;
        default: break;
    }
}
