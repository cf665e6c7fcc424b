// Light at a point of a place, linear: see lighting.py for the tables.

uniform sampler2D lamp_table;
uniform sampler2D room_table;
uniform vec3 sun_direction;
uniform vec3 sun_rgb;

// Diffuse light of sky, ground and bounces. `open_share`: how much of the upper half-space is free, [0, 1].
vec3 ambient_light(vec3 normal, int room, float open_share) {
    vec3 above = texelFetch(room_table, ivec2(0, room), 0).rgb;
    vec3 below = texelFetch(room_table, ivec2(1, room), 0).rgb;
    return mix(below, above, 0.5 + 0.5 * normal.z) * mix(0.25, 1.0, open_share);
}

// Light of the room's lamps and windows; `open_share` as above.
vec3 lamp_light(vec3 position, vec3 normal, int room, float open_share) {
    int first = int(texelFetch(room_table, ivec2(0, room), 0).a);
    int end = int(texelFetch(room_table, ivec2(1, room), 0).a);
    vec3 total = vec3(0.0);
    for (int lamp = first; lamp < end; lamp++) {
        vec4 place = texelFetch(lamp_table, ivec2(0, lamp), 0);
        vec3 direction = texelFetch(lamp_table, ivec2(1, lamp), 0).xyz;
        vec3 colour = texelFetch(lamp_table, ivec2(2, lamp), 0).rgb;
        vec3 to_lamp = place.xyz - position;
        float squared = dot(to_lamp, to_lamp);
        to_lamp *= inversesqrt(squared + 1e-6);
        float sent = max(dot(-to_lamp, direction), 0.0);
        // a large lamp reaches a little around the edge of the half-space
        float received = max((dot(to_lamp, normal) + 0.15) / 1.15, 0.0);
        total += colour * sent * received / (squared + place.w * place.w + 0.05);
    }
    return total * mix(0.45, 1.0, open_share);
}

vec3 sun_light(vec3 normal) {
    return sun_rgb * max(dot(normal, sun_direction), 0.0);
}

// All light that reaches a surface; times its colour it is what the camera sees before exposure.
vec3 light_at(vec3 position, vec3 normal, int room, float open_share, float sun_share) {
    return ambient_light(normal, room, open_share) + lamp_light(position, normal, room, open_share)
        + sun_light(normal) * sun_share;
}
