uniform mat4 to_clip;

invariant gl_Position;  // geometry is drawn where depth alone, drawn before, is the same
in vec3 in_position;

void main() {
    gl_Position = to_clip * vec4(in_position, 1.0);
}
