uniform mat4 to_clip;

invariant gl_Position;  // geometry is drawn where depth alone, drawn before, is the same

in vec3 in_position;
in vec3 in_normal;
in vec2 in_uv;
in vec3 in_tint;
in int in_material;
in int in_room;

out vec3 world;
out vec3 facing;
out vec2 uv;
out vec3 tint;
flat out int material;
flat out int room;

void main() {
    world = in_position;
    facing = in_normal;
    uv = in_uv;
    tint = in_tint;
    material = in_material;
    room = in_room;
    gl_Position = to_clip * vec4(in_position, 1.0);
}
