// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.function.IntFunction;

/**
 * One participant with the id of the school, as a service that uses Jackson declares it.
 *
 * @param id of the row
 * @param cctId of the school
 */
public record Participant(
        String id,
        String cct,
        String nombre,
        @JsonProperty("primer_apellido") String primerApellido,
        @JsonProperty("segundo_apellido") String segundoApellido,
        String edad,
        String sexo,
        String curp,
        String entidad,
        String programa,
        String implementacion,
        @JsonProperty("ciclo_escolar") String cicloEscolar,
        @JsonProperty("periodo_de_implementacion") String periodoDeImplementacion,
        String email,
        String mod1,
        String mod2,
        String mod3,
        @JsonProperty("asist_1") String asist1,
        @JsonProperty("asist_2") String asist2,
        @JsonProperty("asist_3") String asist3,
        @JsonProperty("asist_4") String asist4,
        @JsonProperty("asist_5") String asist5,
        @JsonProperty("asist_6") String asist6,
        int cctId) {

    /** Takes the fields of a row, by column from 0. */
    public static Participant of(IntFunction<String> row, int cctId) {
        return new Participant(
                row.apply(0),
                row.apply(1),
                row.apply(2),
                row.apply(3),
                row.apply(4),
                row.apply(5),
                row.apply(6),
                row.apply(7),
                row.apply(8),
                row.apply(9),
                row.apply(10),
                row.apply(11),
                row.apply(12),
                row.apply(13),
                row.apply(14),
                row.apply(15),
                row.apply(16),
                row.apply(17),
                row.apply(18),
                row.apply(19),
                row.apply(20),
                row.apply(21),
                row.apply(22),
                cctId);
    }
}
