package org.jvmm.core.accel;

/**
 * What an accelerator found on this host.
 *
 * @param usable whether {@link Accelerator#createVm} is expected to work
 * @param hardware whether guest instructions run on the host's CPU at its speed
 * @param why one line for the user: what is missing and what to do, or what was found
 */
public record Availability(boolean usable, boolean hardware, String why) {}
