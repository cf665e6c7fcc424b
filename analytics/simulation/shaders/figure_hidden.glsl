// What stands around hides people and shadows.

uniform sampler2D surroundings;  // window-space depth, first row at the bottom
uniform vec2 size;               // of the framebuffer, px

// The depth map has fewer pixels than the picture, and shadows lie on the floor itself: both get some slack.
bool is_hidden(float slack_m) {
    float far = 1.0 - gl_FragCoord.z;
    return gl_FragCoord.z > textureLod(surroundings, gl_FragCoord.xy / size, 0.0).r + 10.0 * slack_m * far * far;
}
