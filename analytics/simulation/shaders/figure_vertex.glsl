// A dressed person, posed by its joints. Follows figure_block.glsl.

uniform mat4 clip;

in vec3 in_position;
in vec3 in_normal;
in vec2 in_place;        // along the arm, part
in uvec4 in_bones;
in vec4 in_weights;

out vec3 rest;
out vec3 rest_normal;
out vec3 normal;
out vec3 world;
out vec2 place;

void main() {
    vec4 at = vec4(in_position, 1.0);
    vec3 posed = vec3(0.0), turned = vec3(0.0);
    for (int k = 0; k < 4; k++) {
        int row = int(in_bones[k]) * 3;
        posed += in_weights[k] * vec3(dot(joints[row], at), dot(joints[row + 1], at), dot(joints[row + 2], at));
        turned += in_weights[k] * vec3(dot(joints[row].xyz, in_normal), dot(joints[row + 1].xyz, in_normal),
                                       dot(joints[row + 2].xyz, in_normal));
    }
    if (marks.w > 0.5) {
        float reach = max(posed.z, 0.0) / max(key_direction.z, 0.35);
        posed = vec3(posed.xy - key_direction.xy * reach, 0.012);
    }
    rest = in_position;
    rest_normal = in_normal;
    normal = turned;
    world = posed;
    place = in_place;
    gl_Position = clip * vec4(posed, 1.0);
}
