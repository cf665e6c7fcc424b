// One person's tables, see people/painter.py.

layout(std140) uniform Figure {
    vec4 joints[48];     // rows of 16 affine maps from rest to plan coordinates
    vec4 limits[5];      // see Measures.limits
    vec4 fabrics[27];    // colour and pattern; accent and scale; wrinkle, gloss, print, seed: for each Slot
    vec4 key_direction;  // towards the strongest light
    vec4 key_rgb;
    vec4 above_rgb;
    vec4 below_rgb;
    vec4 marks;          // number in the mask; 1 in w draws the shadow on the floor instead
};
