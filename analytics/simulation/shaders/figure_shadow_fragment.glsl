// The shadow of a person on the floor, black as far as it is dark. Follows figure_block.glsl and figure_hidden.glsl.

layout(location = 0) out vec4 colour;
layout(location = 1) out float number;

void main() {
    if (is_hidden(0.12)) discard;
    number = 0.0;
    colour = vec4(vec3(0.0), marks.z);
}
