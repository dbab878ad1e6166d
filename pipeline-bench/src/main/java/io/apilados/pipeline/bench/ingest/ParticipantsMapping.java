// SPDX-License-Identifier: Apache-2.0
package io.apilados.pipeline.bench.ingest;

import io.apilados.pipeline.enrich.CCTsCache;
import io.apilados.pipeline.enrich.JsonMapping;

/** How a row of the participants' file becomes the record that is delivered. */
final class ParticipantsMapping {

    private ParticipantsMapping() {}

    // <job>
    static JsonMapping with(CCTsCache schools) {
        return JsonMapping.builder()
                .nulls("NA")
                .text("id")
                .as("id_externo")
                .required()
                .key("cct", schools)
                .text("nombre", "primer_apellido", "segundo_apellido")
                .integer("edad")
                .text("sexo", "curp", "entidad", "programa", "implementacion")
                .text("ciclo_escolar", "periodo_de_implementacion", "email")
                .decimal("mod1", "mod2", "mod3")
                .present("asistencias", "asist_1", "asist_2", "asist_3", "asist_4", "asist_5", "asist_6")
                .build();
    }
    // </job>
}
