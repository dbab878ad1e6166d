// SPDX-License-Identifier: Apache-2.0
/** What two packages of this module share. Not for users: it changes without notice. */
@NullMarked
package io.apilados.pipeline.aws.internal;

import org.jspecify.annotations.NullMarked;
