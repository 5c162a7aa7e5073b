// Package hub fetches files of models from the Hugging Face hub into the cache that Python's huggingface_hub shares, and finds them there:
//
//	models--ORG--NAME/refs/main                 the commit that a branch or a tag stood at
//	models--ORG--NAME/snapshots/COMMIT/FILE     a link to the blob
//	models--ORG--NAME/blobs/ETAG                the file's content, named after its checksum
//	models--ORG--NAME/blobs/ETAG.incomplete     what has come so far; the next download goes on from there
//	.locks/models--ORG--NAME/ETAG.lock          held while a blob is written, by this program and by Python's
//
// (https://huggingface.co/docs/hub/local-cache). A blob gets its name after its checksum has been compared, so nothing half-written or damaged is ever
// found.
package hub
