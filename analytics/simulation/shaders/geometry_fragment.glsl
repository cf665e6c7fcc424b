in vec3 world;
in vec3 facing;
in vec2 uv;
in vec3 tint;
flat in int material;
flat in int room;

layout(location = 0) out vec4 out_albedo;    // linear colour, mirror share
layout(location = 1) out vec4 out_normal;    // unit normal, room
layout(location = 2) out vec4 out_emission;  // own light, roughness

void main() {
    vec3 normal = normalize(facing);
    Look look = look_of(material, uv, world, normal, tint);
    out_albedo = vec4(look.albedo, look.mirror);
    out_normal = vec4(look.normal, float(room));
    out_emission = vec4(look.emission, look.roughness);
}
