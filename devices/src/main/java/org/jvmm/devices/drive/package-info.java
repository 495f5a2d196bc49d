/**
 * What disk drives of any controller share: the request that a drive has with its host end, and
 * what becomes of the host's failures.
 */
package org.jvmm.devices.drive;
