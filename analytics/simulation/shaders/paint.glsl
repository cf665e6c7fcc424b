// One program for each pattern: llvmpipe computes every side of a condition for every pixel. `PATTERN` is defined in front
// of this; the numbers are those of `Pattern` in surfaces.py.
void paint(inout Look look, Material m, vec2 uv, float foot, vec3 world, vec3 tint) {
#if PATTERN == 1
    paint_tiles(look, m, uv, foot, 0.0);
#elif PATTERN == 2
    paint_checker(look, m, uv, foot);
#elif PATTERN == 3
    paint_planks(look, m, uv, foot);
#elif PATTERN == 4
    paint_carpet(look, m, uv, foot);
#elif PATTERN == 5
    paint_marble(look, m, uv, foot);
#elif PATTERN == 6
    paint_concrete(look, m, uv, foot);
#elif PATTERN == 7
    paint_terrazzo(look, m, uv, foot);
#elif PATTERN == 8
    paint_grass(look, m, uv, foot);
#elif PATTERN == 9
    paint_brick(look, m, uv, foot);
#elif PATTERN == 10
    paint_wall(look, m, uv, foot);
#elif PATTERN == 11
    paint_wood(look, m, uv, foot);
#elif PATTERN == 12
    paint_facade(look, m, uv, foot, world);
#elif PATTERN == 13
    paint_cloth(look, m, uv, foot);
#elif PATTERN == 14
    paint_package(look, m, uv, foot, tint);
#elif PATTERN == 15
    paint_poster(look, m, uv, foot);
#elif PATTERN == 16
    paint_glow(look, m, uv, foot);
#elif PATTERN == 17
    paint_stripes(look, m, uv, foot);
#elif PATTERN == 18
    paint_marking(look, m, uv, foot);
#elif PATTERN == 19
    paint_foliage(look, m, uv, foot, world);
#elif PATTERN == 20
    paint_metal(look, m, uv, foot);
#endif
}
